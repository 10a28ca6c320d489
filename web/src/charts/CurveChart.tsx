import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { useMemo, useState } from 'react';
import type { CurvePoint } from '../api/tracking';
import { exact, middle, significant } from '../lib/format';
import { useWidth } from './size';

export interface Curve {
  id: string;
  label: string;
  /** 0 is the baseline: grey, as every reference. */
  idx: number;
  points: CurvePoint[];
}

const pad = { top: 12, bottom: 24, left: 52 };

/** The class that gives a run its colour and its dashes, the same in every table and chart. */
export const runClass = (idx: number) =>
  idx === 0 ? 'run-base' : `run-${((idx - 1) % 6) + 1}${idx > 6 ? ' is-dashed' : ''}`;

/** One metric of several runs over its steps. Its cursor is a slider, so keys work too. */
export function CurveChart({
  curves,
  label,
  height = 240,
}: {
  curves: Curve[];
  label: string;
  height?: number;
}) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const steps = useMemo(
    () => [...new Set(curves.flatMap((c) => c.points.map((p) => p.step)))].toSorted((a, b) => a - b),
    [curves],
  );
  const right = width < 480 ? 76 : 150;
  const values = curves.flatMap((c) => c.points.map((p) => p.value)).filter(Number.isFinite);
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  const x = scaleLinear([steps[0] ?? 0, steps.at(-1) ?? 1], [pad.left, width - right]);
  const y = scaleLinear(values.length > 0 ? [lo, hi === lo ? lo + 1 : hi] : [0, 1], [
    height - pad.bottom,
    pad.top,
  ]).nice(4);
  const path = line<CurvePoint>()
    .defined((p) => Number.isFinite(p.value))
    .x((p) => x(p.step))
    .y((p) => y(p.value));
  const shown = at === null ? null : nearest(steps, at);
  const ends = endLabels(curves, y);
  return (
    <div className="series curves" ref={box}>
      <div className="series-readout" aria-hidden="true">
        {shown === null ? (
          <span>
            {exact(steps.length)} steps, {exact(steps[0] ?? 0)} to {exact(steps.at(-1) ?? 0)}
          </span>
        ) : (
          <>
            <strong>Step {exact(shown)}</strong>
            {curves.map((c) => (
              <span key={c.id}>
                <i className={`key ${runClass(c.idx)}`} /> {c.label}{' '}
                <b>{significant(valueAt(c, shown), 4)}</b>
              </span>
            ))}
          </>
        )}
      </div>
      <svg
        width={width}
        height={height}
        aria-hidden="true"
        onPointerMove={(e) => setAt(x.invert(e.clientX - e.currentTarget.getBoundingClientRect().left))}
        onPointerLeave={() => setAt(null)}
      >
        {y.ticks(4).map((t) => (
          <g key={t}>
            <line className="grid" x1={pad.left} x2={width - right} y1={y(t)} y2={y(t)} />
            <text className="axis" x={pad.left - 8} y={y(t) + 3.5} textAnchor="end">
              {significant(t)}
            </text>
          </g>
        ))}
        {x.ticks(Math.max(2, Math.floor(width / 140))).map((t) => (
          <text key={t} className="axis" x={x(t)} y={height - 7} textAnchor="middle">
            {exact(t)}
          </text>
        ))}
        {curves.map((c) => (
          <path key={c.id} className={`curve ${runClass(c.idx)}`} d={path(c.points) ?? undefined} />
        ))}
        {ends.map((e) => (
          <text key={e.id} className={`curve-label ${runClass(e.idx)}`} x={width - right + 8} y={e.y + 4}>
            {middle(e.label, Math.floor((right - 10) / 6))}
          </text>
        ))}
        {shown !== null && (
          <g className="cursor">
            <line x1={x(shown)} x2={x(shown)} y1={pad.top - 4} y2={height - pad.bottom} />
          </g>
        )}
      </svg>
      <input
        type="range"
        className="series-slider"
        min={0}
        max={Math.max(0, steps.length - 1)}
        value={shown === null ? Math.max(0, steps.length - 1) : steps.indexOf(shown)}
        aria-label={label}
        aria-valuetext={
          shown === null
            ? 'No step chosen'
            : `Step ${shown}: ${curves.map((c) => `${c.label} ${significant(valueAt(c, shown), 4)}`).join(', ')}`
        }
        onChange={(e) => setAt(steps[Number(e.target.value)] ?? null)}
        onBlur={() => setAt(null)}
      />
    </div>
  );
}

function nearest(steps: number[], at: number): number | null {
  let best: number | null = null;
  for (const s of steps) if (best === null || Math.abs(s - at) < Math.abs(best - at)) best = s;
  return best;
}

const valueAt = (c: Curve, step: number) => c.points.findLast((p) => p.step <= step)?.value ?? null;

/** Names at the right edge, pushed apart where lines end together. */
function endLabels(curves: Curve[], y: (v: number) => number) {
  const labels = curves
    .flatMap((c) => {
      const last = c.points.findLast((p) => Number.isFinite(p.value));
      return last ? [{ id: c.id, idx: c.idx, label: c.label, y: y(last.value) }] : [];
    })
    .toSorted((a, b) => a.y - b.y);
  labels.forEach((l, i) => {
    const above = labels[i - 1];
    if (above && l.y - above.y < 13) l.y = above.y + 13;
  });
  return labels;
}
