import { useMemo } from 'react';
import { Link } from '@tanstack/react-router';
import type { ModelVersion } from '../../api/loop_shapes';
import { byImportance } from '../../lib/compare';
import type { Table } from '../../lib/csv';
import { exact, metric, metricName } from '../../lib/format';
import { day, moment } from '../../lib/time';
import { Mark, type Kind } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { ScrollX } from '../../ui/ScrollX';

const verdictKinds: Record<string, Kind> = { passed: 'ok', failed: 'critical', could_not_decide: 'warning' };
const verdictWords: Record<string, string> = {
  passed: 'Passed',
  failed: 'Failed',
  could_not_decide: 'Undecided',
};

/** The metrics that most versions carry come first; four fit beside each other. */
export function commonMetrics(versions: ModelVersion[], most = 4): string[] {
  const counts = new Map<string, number>();
  for (const v of versions)
    for (const name of Object.keys(v.metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.entries()]
    .toSorted((a, b) => b[1] - a[1] || byImportance(a[0], b[0]))
    .slice(0, most)
    .map(([name]) => name);
}

interface VersionTableProps {
  versions: ModelVersion[];
  chosen: string;
  zone: string;
  model: string;
  onChoose: (version: string) => void;
}

export function VersionTable({ versions, chosen, zone, model, onChoose }: VersionTableProps) {
  const metrics = useMemo(() => commonMetrics(versions), [versions]);
  const table = (): Table => ({
    head: ['version', 'aliases', 'created_at', 'created_by', 'run', 'validation', ...metrics],
    rows: versions.map((v) => [
      v.version,
      v.aliases.join(' '),
      v.created_at,
      v.created_by,
      v.run_id,
      v.validation?.verdict ?? null,
      ...metrics.map((m) => v.metrics[m] ?? null),
    ]),
  });
  return (
    <Panel
      title="Versions"
      note={`${exact(versions.length)} in all, newest first`}
      table={table}
      file={`${model}-versions`}
    >
      <ScrollX label="All versions">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Role</th>
              <th scope="col">Registered</th>
              <th scope="col">By</th>
              <th scope="col">Validation</th>
              {metrics.map((m) => (
                <th key={m} scope="col" className="num">
                  {metricName(m)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {versions.map((v) => (
              <tr key={v.version} className={v.version === chosen ? 'is-active' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="row-button"
                    aria-pressed={v.version === chosen}
                    onClick={() => onChoose(v.version)}
                  >
                    {v.version}
                  </button>
                </th>
                <td>
                  {v.aliases.map((a) => (
                    <span key={a} className={`version is-${a}`}>
                      {a}
                    </span>
                  ))}
                  {v.aliases.length === 0 && <span className="quiet">{v.stage ?? '–'}</span>}
                </td>
                <td title={moment(v.created_at, zone)}>{day(v.created_at, zone)}</td>
                <td>{v.created_by ?? '–'}</td>
                <td>
                  {v.validation?.verdict ? (
                    <span className={`verdict is-${verdictKinds[v.validation.verdict] ?? 'none'}`}>
                      <Mark kind={verdictKinds[v.validation.verdict] ?? 'none'} size={12} />{' '}
                      <Link to="/models/$model/pipeline" params={{ model }}>
                        {verdictWords[v.validation.verdict]}
                      </Link>
                    </span>
                  ) : (
                    <span className="quiet">none</span>
                  )}
                </td>
                {metrics.map((m) => (
                  <td key={m} className="num">
                    {metric(m, v.metrics[m])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Panel>
  );
}
