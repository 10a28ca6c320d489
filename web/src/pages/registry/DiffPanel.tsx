import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { diffQuery } from '../../api/loop';
import type { Changed, ModelVersion, VersionDiff } from '../../api/loop_shapes';
import { byImportance } from '../../lib/compare';
import type { Table } from '../../lib/csv';
import { exact, metric, metricName, middle, plural, signed } from '../../lib/format';
import type { VersionsSearch } from '../../lib/search';
import { Choice } from '../../ui/Choice';
import { Panel } from '../../ui/Panel';
import { Answered, Empty } from '../../ui/states';
import { ScrollX } from '../../ui/ScrollX';

type Kind = 'metrics' | 'params' | 'signature' | 'lineage' | 'tags';
const groups: [Kind, string][] = [
  ['metrics', 'Metrics'],
  ['params', 'Parameters'],
  ['signature', 'Signature'],
  ['lineage', 'Lineage'],
  ['tags', 'Tags'],
];

export function diffTable(diff: VersionDiff): Table {
  return {
    head: ['what', 'name', diff.from, diff.to],
    rows: groups.flatMap(([kind, name]) => diff[kind].map((c) => [name, c.name, c.before, c.after])),
  };
}

interface DiffProps {
  model: string;
  versions: ModelVersion[];
  chosen: ModelVersion;
  other: ModelVersion;
  onChange: (next: VersionsSearch) => void;
}

/** Only what differs between two versions, from the older to the newer; what is the same is counted. */
export function DiffPanel({ model, versions, chosen, other, onChange }: DiffProps) {
  const isForward = other.number <= chosen.number;
  const [from, to] = isForward ? [other.version, chosen.version] : [chosen.version, other.version];
  const query = useQuery(diffQuery(model, from, to));
  const options = versions.map((v) => ({ value: v.version, label: v.version }));
  return (
    <Panel
      title={`From ${from} to ${to}`}
      file={`${model}-${from}-${to}`}
      table={query.data ? () => diffTable(query.data) : undefined}
      note={
        <span className="at-question">
          {chosen.version} beside{' '}
          <Choice
            label="Compare with"
            value={other.version}
            options={options}
            onChange={(v) => onChange({ with: v })}
          />
        </span>
      }
    >
      <Answered query={query} what="The comparison" height={160}>
        {(diff) => <DiffBody diff={diff} />}
      </Answered>
    </Panel>
  );
}

/** So many lines of a group before the rest is asked for. */
const few = 8;

function DiffBody({ diff }: { diff: VersionDiff }) {
  const [isWhole, setWhole] = useState(false);
  const hidden = groups.reduce((sum, [kind]) => sum + Math.max(0, diff[kind].length - few), 0);
  const hasChange = diff.metrics.some((c) => change(c) !== '');
  const shown = groups.filter(([kind]) => diff[kind].length > 0);
  if (shown.length === 0)
    return <Empty title={`${diff.from} and ${diff.to} are the same in all that is recorded.`} />;
  return (
    <>
      <ScrollX label={`What differs between ${diff.from} and ${diff.to}`}>
        <table className="plain-table diff-table">
          <thead>
            <tr>
              <th scope="col">What differs</th>
              <th scope="col" className="num">
                {diff.from}
              </th>
              <th scope="col" className="num">
                {diff.to}
              </th>
              {hasChange && (
                <th scope="col" className="num">
                  Change
                </th>
              )}
            </tr>
          </thead>
          {shown.map(([kind, name]) => (
            <tbody key={kind}>
              <tr>
                <th colSpan={hasChange ? 4 : 3} scope="colgroup" className="group">
                  {name}
                </th>
              </tr>
              {sorted(kind, diff).map((c, i) =>
                i >= few && !isWhole ? null : (
                  <tr key={c.name}>
                    <th scope="row">{kind === 'metrics' ? metricName(c.name) : c.name}</th>
                    <td className="num is-before">{value(kind, c.name, c.before)}</td>
                    <td className="num is-after">{value(kind, c.name, c.after)}</td>
                    {hasChange && <td className="num">{change(c)}</td>}
                  </tr>
                ),
              )}
            </tbody>
          ))}
        </table>
      </ScrollX>
      {hidden > 0 && (
        <button type="button" className="text-button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer lines' : `Show ${exact(hidden)} more lines`}
        </button>
      )}
      {diff.n_same_params > 0 && (
        <p className="panel-foot">{plural(diff.n_same_params, 'parameter is', 'parameters are')} the same.</p>
      )}
    </>
  );
}

/** Metrics by what they say; everything else as the server has it. */
const sorted = (kind: Kind, diff: VersionDiff): Changed[] =>
  kind === 'metrics' ? diff.metrics.toSorted((a, b) => byImportance(a.name, b.name)) : diff[kind];

function value(kind: Kind, name: string, v: Changed['before']) {
  if (v === null) return <span className="quiet">absent</span>;
  if (typeof v === 'number') return kind === 'metrics' ? metric(name, v) : String(v);
  return <span title={v}>{middle(v, 20)}</span>;
}

function change(c: Changed): string {
  return typeof c.before === 'number' && typeof c.after === 'number' ? signed(c.after - c.before, 3) : '';
}
