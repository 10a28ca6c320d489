import { useMemo } from 'react';
import type { Run } from '../../api/tracking';
import { ParallelChart } from '../../charts/ParallelChart';
import { ScatterChart } from '../../charts/ScatterChart';
import { allColumns, columnLabel, columnValue, isCost } from '../../lib/compare';
import { exact, plural } from '../../lib/format';
import {
  axesFor,
  axisOf,
  numberIn,
  paretoFront,
  placed,
  readBrushes,
  within,
  writeBrushes,
  type Axis,
  type Brushes,
} from '../../lib/runs_charts';
import type { RunsSearch } from '../../lib/search';
import { Choice } from '../../ui/Choice';
import { Panel } from '../../ui/Panel';
import { ScrollX } from '../../ui/ScrollX';
import { Empty } from '../../ui/states';

interface RunChartsProps {
  runs: Run[];
  /** The colour of a run that stands out; null for all others. */
  classOf: (run: Run) => string | null;
  search: RunsSearch;
  onChange: (next: RunsSearch) => void;
  onPick?: (id: string) => void;
}

/** More lines than this only hide each other. */
const linesMost = 500;

/** What led to a good metric, and what it costs: parallel axes and a scatter plot of the same runs. */
export function RunCharts({ runs: all, classOf, search, onChange, onPick }: RunChartsProps) {
  const runs = useMemo(() => all.slice(0, linesMost), [all]);
  const columns = useMemo(() => allColumns(runs).filter((c) => axisOf(runs, c) !== null), [runs]);
  const metrics = columns.filter((c) => c.startsWith('metric.'));
  const numbers = columns.filter((c) => axisOf(runs, c)?.kind === 'number');
  const y = numbers.find((c) => c === search.y) ?? metrics[0] ?? numbers[0];
  const x =
    numbers.find((c) => c === search.x && c !== y) ??
    metrics.find((c) => c !== y && isCost(c)) ??
    metrics.find((c) => c !== y) ??
    numbers.find((c) => c !== y);
  if (runs.length < 3 || y === undefined)
    return (
      <div className="panel">
        <Empty title="Not enough to draw.">
          It takes three runs, and a metric or numeric parameter that differs between them. Here{' '}
          {runs.length === 1 ? 'is' : 'are'} {plural(runs.length, 'run')}
          {runs.length < 3 ? '.' : ', and none differs.'}
        </Empty>
      </div>
    );
  const shared = { runs, classOf, onChange, ...(onPick ? { onPick } : {}) };
  return (
    <div className="stack">
      {all.length > linesMost && (
        <p className="quiet">
          Drawn are the first {exact(linesMost)} of {exact(all.length)} runs, in the order of the table.
        </p>
      )}
      <Parallel {...shared} columns={columns} numbers={numbers} target={y} keep={search.keep} />
      {x !== undefined && <Scatter {...shared} numbers={numbers} x={x} y={y} />}
    </div>
  );
}

interface SharedProps {
  runs: Run[];
  classOf: (run: Run) => string | null;
  numbers: string[];
  onChange: (next: RunsSearch) => void;
  onPick?: (id: string) => void;
}

interface ParallelProps extends SharedProps {
  columns: string[];
  target: string;
  keep: string | undefined;
}

function Parallel({ runs, classOf, columns, numbers, target, keep, onChange, onPick }: ParallelProps) {
  const params = useMemo(() => columns.filter((c) => c.startsWith('param.')), [columns]);
  const axes = useMemo(() => axesFor(runs, params, target), [runs, params, target]);
  const brushes = useMemo(() => readBrushes(keep), [keep]);
  const kept = runs.filter((r) => within(axes, brushes, r)).length;
  const put = (next: Brushes) => onChange({ keep: writeBrushes(next) });
  const brush = (column: string, range: [number, number] | null) => {
    const { [column]: _, ...others } = brushes;
    put(range ? { ...others, [column]: range } : others);
  };
  return (
    <Panel
      title="What led to it"
      file="runs-parallel"
      table={() => ({
        head: ['run', ...axes.map((a) => a.column), 'kept'],
        rows: runs.map((r) => [
          r.name,
          ...axes.map((a) => columnValue(r, a.column)),
          within(axes, brushes, r) ? 'yes' : 'no',
        ]),
      })}
      note={
        <>
          <Choice
            label="Metric the axes lead to"
            value={target}
            options={numbers.map((c) => ({ value: c, label: columnLabel(c) }))}
            onChange={(y) => onChange({ y, keep: undefined })}
          />
          <span role="status">
            {kept === runs.length
              ? plural(runs.length, 'run')
              : `${exact(kept)} of ${plural(runs.length, 'run')} kept`}
          </span>
          {keep !== undefined && (
            <button type="button" className="text-button" onClick={() => put({})}>
              Keep all
            </button>
          )}
        </>
      }
    >
      <ScrollX label="Parallel axes">
        <ParallelChart
          runs={runs}
          axes={axes}
          brushes={brushes}
          classOf={classOf}
          onBrush={brush}
          {...(onPick ? { onPick } : {})}
          label={`${plural(runs.length, 'run')} over ${axes.map((a) => columnLabel(a.column)).join(', ')}`}
        />
      </ScrollX>
      <p className="panel-foot">
        Parameters stand in the order of how much they tell about {columnLabel(target)}, from the left. The
        good end is up. Drag along an axis to keep a stretch of it, or choose one here:
      </p>
      <Narrow axes={axes} brushes={brushes} onBrush={brush} />
    </Panel>
  );
}

interface NarrowProps {
  axes: Axis[];
  brushes: Brushes;
  onBrush: (column: string, range: [number, number] | null) => void;
}

/** The same as dragging, by keyboard: which half, third or word of an axis is kept. */
function Narrow({ axes, brushes, onBrush }: NarrowProps) {
  const parts: [string, string, [number, number] | null][] = [
    ['all', 'all of it', null],
    ['upper', 'the upper half', [0.5, 1]],
    ['lower', 'the lower half', [0, 0.5]],
    ['top', 'the upper tenth', [0.9, 1]],
  ];
  return (
    <div className="narrow-fields">
      {axes.map((axis) => {
        const own = brushes[axis.column];
        const options =
          axis.kind === 'word'
            ? [
                { value: 'all', label: 'all of it', range: null },
                ...axis.words.map((word, i) => {
                  const at = i / (axis.words.length - 1);
                  return { value: `w${i}`, label: word, range: [at, at] as [number, number] };
                }),
              ]
            : parts.map(([value, label, range]) => ({ value, label, range }));
        const now =
          options.find((o) => o.range && own && o.range.every((v, i) => Math.abs(v - (own[i] ?? 0)) < 1e-3))
            ?.value ?? (own ? 'dragged' : 'all');
        return (
          <label key={axis.column}>
            {columnLabel(axis.column)}
            <Choice
              label={`Keep of ${columnLabel(axis.column)}`}
              value={now}
              options={[...options, ...(now === 'dragged' ? [{ value: 'dragged', label: 'a stretch' }] : [])]}
              onChange={(value) =>
                onBrush(axis.column, options.find((o) => o.value === value)?.range ?? null)
              }
            />
          </label>
        );
      })}
    </div>
  );
}

interface ScatterProps extends SharedProps {
  x: string;
  y: string;
}

function Scatter({ runs, classOf, numbers, x, y, onChange, onPick }: ScatterProps) {
  const points = useMemo(() => placed(runs, x, y), [runs, x, y]);
  // Only of metrics it is known which way is good.
  const hasFront = x.startsWith('metric.') && y.startsWith('metric.');
  const front = useMemo(() => (hasFront ? paretoFront(points, x, y) : []), [hasFront, points, x, y]);
  const isFront = new Set(front.map((p) => p.run.id));
  const options = numbers.map((c) => ({ value: c, label: columnLabel(c) }));
  const missing = runs.length - points.length;
  const finding = hasFront
    ? `${exact(front.length)} of ${plural(points.length, 'run')} ${front.length === 1 ? 'is' : 'are'} beaten by none on both`
    : `${plural(points.length, 'run')}: ${columnLabel(y)} against ${columnLabel(x)}`;
  return (
    <Panel
      title="One against the other"
      file="runs-scatter"
      table={() => ({
        head: ['run', x, y, 'on the front'],
        rows: points.map((p) => [
          p.run.name,
          numberIn(p.run, x),
          numberIn(p.run, y),
          isFront.has(p.run.id) ? 'yes' : 'no',
        ]),
      })}
      note={
        <>
          <Choice label="Upwards" value={y} options={options} onChange={(next) => onChange({ y: next })} />
          <span>against</span>
          <Choice label="Across" value={x} options={options} onChange={(next) => onChange({ x: next })} />
          {missing > 0 && (
            <span>
              {plural(missing, 'run')} without a number {missing === 1 ? 'is' : 'are'} left out
            </span>
          )}
        </>
      }
    >
      <ScatterChart
        points={points}
        front={front}
        x={x}
        y={y}
        classOf={classOf}
        label={finding}
        {...(onPick ? { onPick } : {})}
      />
    </Panel>
  );
}
