import { scaleLinear } from 'd3-scale';
import { useState } from 'react';
import type { Run } from '../api/tracking';
import { columnLabel } from '../lib/compare';
import { middle, significant } from '../lib/format';
import type { Placed } from '../lib/runs_charts';
import { useWidth } from './size';

interface ScatterChartProps {
  points: Placed[];
  /** Runs that none beats; empty where nobody can say which way is good. */
  front: Placed[];
  x: string;
  y: string;
  classOf: (run: Run) => string | null;
  label: string;
  onPick?: (id: string) => void;
  height?: number;
}

const pad = { top: 26, right: 18, bottom: 40, left: 58 };

/** Two columns against each other, with the front of runs that none beats. Its cursor is a slider. */
export function ScatterChart(props: ScatterChartProps) {
  const { points, front, x: across, y: up, classOf, label, onPick, height = 320 } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y);
  const x = scaleLinear(extent(points.map((p) => p.x)), [pad.left, width - pad.right]).nice(5);
  const y = scaleLinear(extent(points.map((p) => p.y)), [height - pad.bottom, pad.top]).nice(4);
  const isFront = new Set(front.map((p) => p.run.id));
  const shown = at === null ? undefined : sorted[at];
  const words = (p: Placed) =>
    `${p.run.name}: ${columnLabel(across)} ${significant(p.x, 4)}, ${columnLabel(up)} ${significant(p.y, 4)}${isFront.has(p.run.id) ? ', on the front' : ''}`;
  return (
    <div className="series scatter" ref={box}>
      <div className="series-readout" aria-hidden="true">
        {shown ? <span>{words(shown)}</span> : <span>{label}</span>}
      </div>
      <svg width={width} height={height} aria-hidden="true" onPointerLeave={() => setAt(null)}>
        <text className="axis" x={2} y={12}>
          {columnLabel(up)}
        </text>
        {y.ticks(4).map((t) => (
          <g key={t}>
            <line className="grid" x1={pad.left} x2={width - pad.right} y1={y(t)} y2={y(t)} />
            <text className="axis" x={pad.left - 8} y={y(t) + 3.5} textAnchor="end">
              {significant(t)}
            </text>
          </g>
        ))}
        {x.ticks(Math.max(2, Math.floor(width / 150))).map((t) => (
          <text key={t} className="axis" x={x(t)} y={height - pad.bottom + 16} textAnchor="middle">
            {significant(t)}
          </text>
        ))}
        <text className="axis" x={(pad.left + width - pad.right) / 2} y={height - 6} textAnchor="middle">
          {columnLabel(across)}
        </text>
        {front.length > 1 && (
          <path className="pareto" d={`M${front.map((p) => `${x(p.x)} ${y(p.y)}`).join('L')}`} />
        )}
        {sorted.map((p, i) => {
          const look = classOf(p.run);
          return (
            // Picking is offered by the table too, where keys reach it.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events jsx-a11y/no-static-element-interactions
            <circle
              key={p.run.id}
              className={`dot ${look ?? (isFront.has(p.run.id) ? 'is-front' : 'is-rest')}${i === at ? ' is-near' : ''}`}
              cx={x(p.x)}
              cy={y(p.y)}
              r={look ? 5.5 : isFront.has(p.run.id) ? 4.5 : 3.5}
              onPointerEnter={() => setAt(i)}
              onClick={() => onPick?.(p.run.id)}
            />
          );
        })}
        {sorted
          .filter((p) => classOf(p.run) !== null)
          .map((p) => (
            <text
              key={p.run.id}
              className="dot-label"
              x={x(p.x) + (x(p.x) > width - 160 ? -9 : 9)}
              y={y(p.y) - 7}
              textAnchor={x(p.x) > width - 160 ? 'end' : 'start'}
            >
              {middle(p.run.name, 22)}
            </text>
          ))}
      </svg>
      <input
        type="range"
        className="series-slider"
        min={0}
        max={Math.max(0, sorted.length - 1)}
        value={at ?? 0}
        aria-label={label}
        aria-valuetext={shown ? words(shown) : 'No run chosen'}
        onChange={(e) => setAt(Number(e.target.value))}
        onKeyDown={(e) => {
          if (e.key !== 'Enter' || !shown) return;
          e.preventDefault();
          onPick?.(shown.run.id);
        }}
        onBlur={() => setAt(null)}
      />
    </div>
  );
}

function extent(values: number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  return lo === hi ? [lo - 1, hi + 1] : [lo, hi];
}
