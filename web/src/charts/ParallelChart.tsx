import { type PointerEvent, useMemo, useState } from 'react';
import type { Run } from '../api/tracking';
import { columnLabel } from '../lib/compare';
import { middle, significant } from '../lib/format';
import { placeOn, within, type Axis, type Brushes } from '../lib/runs_charts';
import { useWidth } from './size';

interface ParallelChartProps {
  runs: Run[];
  axes: Axis[];
  brushes: Brushes;
  /** The colour of a run that stands out; null for all others. */
  classOf: (run: Run) => string | null;
  label: string;
  onBrush: (column: string, kept: [number, number] | null) => void;
  onPick?: (id: string) => void;
  height?: number;
}

const pad = { top: 44, bottom: 26, side: 62 };
const spacing = 104;

interface Drag {
  column: string;
  from: number;
  to: number;
}

/** One line a run over several columns, good ends up; a stretch dragged on an axis keeps its runs. */
export function ParallelChart(props: ParallelChartProps) {
  const { runs, axes, brushes, classOf, label, onBrush, onPick, height = 300 } = props;
  const [box, room] = useWidth<HTMLDivElement>();
  const [drag, setDrag] = useState<Drag | null>(null);
  const [near, setNear] = useState<string | null>(null);
  const width = Math.max(room, pad.side * 2 + spacing * (axes.length - 1));
  const x = (i: number) =>
    axes.length === 1 ? width / 2 : pad.side + (i * (width - pad.side * 2)) / (axes.length - 1);
  const y = (at: number) => height - pad.bottom - at * (height - pad.top - pad.bottom);
  const kept = useMemo(
    () => new Set(runs.filter((r) => within(axes, brushes, r)).map((r) => r.id)),
    [runs, axes, brushes],
  );
  const path = (run: Run) => {
    let d = '';
    let isOpen = false;
    axes.forEach((axis, i) => {
      const at = placeOn(axis, run);
      if (at === null) isOpen = false;
      else {
        d += `${isOpen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(at).toFixed(1)}`;
        isOpen = true;
      }
    });
    return d;
  };
  const placeAt = (e: PointerEvent<SVGRectElement>) => {
    const top = e.currentTarget.ownerSVGElement?.getBoundingClientRect().top ?? 0;
    const at = (height - pad.bottom - (e.clientY - top)) / (height - pad.top - pad.bottom);
    return Math.min(1, Math.max(0, at));
  };
  const end = () => {
    if (!drag) return;
    const [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    onBrush(drag.column, b - a < 0.02 ? null : [a, b]);
    setDrag(null);
  };
  const order = runs.toSorted((a, b) => rank(a, kept, classOf) - rank(b, kept, classOf));
  const wide = axes.length > 1 ? (width - pad.side * 2) / (axes.length - 1) : width;
  const named = near === null ? undefined : runs.find((r) => r.id === near);
  return (
    <div className="parallel" ref={box}>
      <svg width={width} height={height} role="img" aria-label={label}>
        {order.map((run) => (
          // Picking is offered by the table too, where keys reach it.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events jsx-a11y/no-static-element-interactions
          <path
            key={run.id}
            className={`parallel-line ${kept.has(run.id) ? (classOf(run) ?? 'is-kept') : 'is-out'}${run.id === near ? ' is-near' : ''}`}
            d={path(run)}
            onPointerEnter={() => setNear(run.id)}
            onPointerLeave={() => setNear(null)}
            onClick={() => onPick?.(run.id)}
          />
        ))}
        {axes.map((axis, i) => {
          const own = drag?.column === axis.column ? sorted(drag) : brushes[axis.column];
          return (
            <g key={axis.column}>
              <line className="parallel-axis" x1={x(i)} x2={x(i)} y1={y(1)} y2={y(0)} />
              {own && (
                <rect
                  className="parallel-brush"
                  x={x(i) - 6}
                  width={12}
                  y={y(own[1])}
                  height={Math.max(2, y(own[0]) - y(own[1]))}
                />
              )}
              <text className="parallel-name" x={x(i)} y={16} textAnchor="middle">
                {middle(columnLabel(axis.column), Math.max(8, Math.floor((wide - 8) / 6.4)))}
                {axis.kind === 'number' && axis.isLog && <tspan className="parallel-scale"> log</tspan>}
                <title>{axis.column}</title>
              </text>
              <AxisEnds axis={axis} x={x(i)} y={y} wide={wide} />
              <rect
                className="parallel-grip"
                x={x(i) - 14}
                width={28}
                y={y(1) - 6}
                height={y(0) - y(1) + 12}
                onPointerDown={(e) => {
                  e.currentTarget.setPointerCapture(e.pointerId);
                  const at = placeAt(e);
                  setDrag({ column: axis.column, from: at, to: at });
                }}
                onPointerMove={(e) => drag && setDrag({ ...drag, to: placeAt(e) })}
                onPointerUp={end}
                onPointerCancel={() => setDrag(null)}
              />
            </g>
          );
        })}
        {named && (
          <text className="parallel-near" x={width / 2} y={height - 6} textAnchor="middle">
            {named.name}
          </text>
        )}
      </svg>
    </div>
  );
}

const sorted = (drag: Drag): [number, number] => [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];

/** What stands out is drawn last, on top of the rest. */
function rank(run: Run, kept: Set<string>, classOf: (run: Run) => string | null): number {
  if (!kept.has(run.id)) return 0;
  return classOf(run) === null ? 1 : 2;
}

interface EndsProps {
  axis: Axis;
  x: number;
  y: (at: number) => number;
  wide: number;
}

/** The values at an axis: both ends of a number, every word of a text. */
function AxisEnds({ axis, x, y, wide }: EndsProps) {
  if (axis.kind === 'number') {
    const [top, bottom] = axis.isFlipped ? [axis.low, axis.high] : [axis.high, axis.low];
    return (
      <>
        <text className="axis" x={x} y={y(1) - 9} textAnchor="middle">
          {significant(top)}
        </text>
        <text className="axis" x={x} y={y(0) + 15} textAnchor="middle">
          {significant(bottom)}
        </text>
      </>
    );
  }
  const room = Math.max(6, Math.floor((wide - 20) / 6.2));
  return axis.words.map((word, i) => (
    <text key={word} className="axis" x={x + 9} y={y(i / (axis.words.length - 1)) + 4}>
      {middle(word, room)}
      <title>{word}</title>
    </text>
  ));
}
