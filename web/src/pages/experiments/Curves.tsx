import { useQueries } from '@tanstack/react-query';
import { curveQuery, type Run } from '../../api/tracking';
import { CurveChart, runClass } from '../../charts/CurveChart';
import { logged, metricName, middle } from '../../lib/format';
import { Choice } from '../../ui/Choice';
import { Panel } from '../../ui/Panel';
import { Skeleton } from '../../ui/states';

interface CurvesProps {
  runs: Run[];
  metric: string;
  metrics: string[];
  onMetric: (metric: string) => void;
}

/** One metric of these runs over its steps; bars where it was logged once. */
export function Curves({ runs, metric: name, metrics, onMetric }: CurvesProps) {
  const queries = useQueries({ queries: runs.map((r) => curveQuery(r.id, name)) });
  // Grey is for a baseline; a run alone is the one that is looked at.
  const curves = runs.map((r, i) => ({
    id: r.id,
    label: r.name,
    idx: runs.length === 1 ? 1 : i,
    points: queries[i]?.data ?? [],
  }));
  const isLoading = queries.some((q) => q.isPending);
  const hasSteps = curves.some((c) => c.points.length > 1);
  return (
    <Panel
      title={metricName(name)}
      file={`curves-${name}`}
      table={() => ({
        head: ['run', 'step', name],
        rows: curves.flatMap((c) => c.points.map((p) => [c.label, p.step, p.value])),
      })}
      note={
        <Choice
          label="Metric"
          value={name}
          options={metrics.map((m) => ({ value: m, label: metricName(m) }))}
          onChange={onMetric}
        />
      }
    >
      {isLoading ? (
        <Skeleton height={240} />
      ) : hasSteps ? (
        <CurveChart
          curves={curves.filter((c) => c.points.length > 0)}
          label={`${metricName(name)} by step`}
        />
      ) : (
        <Bars runs={runs} name={name} />
      )}
    </Panel>
  );
}

/** A metric logged once has no curve: one bar a run, from zero. */
function Bars({ runs, name }: { runs: Run[]; name: string }) {
  const values = runs.map((r) => r.metrics[name] ?? null);
  const top = Math.max(...values.map((v) => Math.abs(v ?? 0)), 1e-12);
  return (
    <ul className="run-bars">
      {runs.map((r, i) => (
        <li key={r.id}>
          <span title={r.name}>{middle(r.name, 26)}</span>
          <span className="run-bar">
            <i className={runClass(i)} style={{ width: `${(Math.abs(values[i] ?? 0) / top) * 100}%` }} />
          </span>
          <b className="num">{values[i] == null ? 'absent' : logged(name, values[i])}</b>
        </li>
      ))}
    </ul>
  );
}
