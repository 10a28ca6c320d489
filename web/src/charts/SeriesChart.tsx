import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useId, useMemo } from 'react';
import type { Annotation, Series, SeriesPoint } from '../api/shapes';
import { exact, metric as writeMetric, metricName, percent } from '../lib/format';
import { shortDay, timeTicks, windowName } from '../lib/time';
import { useCursor } from './cursor';
import { Flags } from './Flags';
import { useWidth } from './size';

export type LineRole = 'value' | 'faint' | 'fast' | 'slow' | 'challenger';
export interface ChartLine {
  series: Series;
  role: LineRole;
  label: string;
}

interface SeriesChartProps {
  lines: ChartLine[];
  label: string;
  zone: string;
  height?: number;
  annotations?: Annotation[];
  floor?: number | null;
  floorName?: string;
  reference?: { value: number; sd: number | null } | null;
  referenceName?: string;
  labelsThrough?: string | null;
  zero?: boolean;
  pinned?: string | undefined;
  onPin?: (at: string) => void;
  format?: (v: number) => string;
  /** What a point is made of. */
  counted?: string;
}

const none: SeriesPoint[] = [];

/** Series need not start together (a shadow version comes later), so points meet by their window. */
const pointAt = (s: Series, p: SeriesPoint) => s.points.find((q) => q.window_start === p.window_start);

const pad = { top: 26, right: 62, bottom: 22, left: 46 };
const middleOf = (p: SeriesPoint) => (Date.parse(p.window_start) + Date.parse(p.window_end)) / 2;

function domainOf(lines: ChartLine[], extra: (number | null | undefined)[], zero: boolean): [number, number] {
  const values: number[] = zero ? [0] : [];
  for (const { series } of lines)
    for (const p of series.points) for (const v of [p.v, p.lo, p.hi]) if (v !== null) values.push(v);
  for (const v of extra) if (v !== null && v !== undefined) values.push(v);
  if (values.length === 0) return [0, 1];
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  const room = (hi - lo || Math.abs(hi) || 1) * 0.08;
  // Shares and counts have nothing below zero, so neither has their axis.
  const bottom = lo >= 0 && (zero || lo - room < 0) ? 0 : lo - room;
  return [bottom, hi <= 1 && hi + room > 1 ? 1 : hi + room];
}

/** Where the names of reference and floor stand: above their lines, unless they would touch. */
function nameLevels(reference: number | null, floor: number | null, bottom: number) {
  const x = pad.left + 5;
  const level = (own: number | null, other: number | null) => {
    if (own === null) return { x, y: 0 };
    const isTight = other !== null && Math.abs(own - other) < 17 && own > other;
    if (!isTight) return { x, y: own - 5 };
    // The lower of two close lines is named below it, or aside when the axis is there.
    return own + 14 < bottom ? { x, y: own + 13 } : { x: x + 104, y: own - 5 };
  };
  return { reference: level(reference, floor), floor: level(floor, reference) };
}

/** Pushes labels at one edge apart, keeping their order. */
function spread<T extends { y: number }>(labels: T[], gap: number): T[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y).map((l) => ({ ...l }));
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1];
    const here = sorted[i];
    if (before && here && here.y - before.y < gap) here.y = before.y + gap;
  }
  return sorted;
}

/** Lines over time with floor, reference and flags. Its cursor is a slider, so keys work too. */
export function SeriesChart(props: SeriesChartProps) {
  const { lines, label, zone, height = 220, annotations = [], floor = null, reference = null } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const { at, setAt } = useCursor();
  const clip = useId();
  const main = lines[0]?.series.points ?? none;
  const name = lines[0]?.series.metric ?? '';
  const counted = props.counted ?? 'rows';
  const format = props.format ?? ((v: number) => writeMetric(name, v));

  const right = width < 480 ? 44 : pad.right;
  const scales = useMemo(() => {
    const first = main[0];
    const last = main.at(-1);
    const x = scaleLinear(
      [first ? Date.parse(first.window_start) : 0, last ? Date.parse(last.window_end) : 1],
      [pad.left, width - right],
    );
    const y = scaleLinear(domainOf(lines, [floor, reference?.value], props.zero ?? false), [
      height - pad.bottom,
      pad.top,
    ]).nice(4);
    return { x, y };
  }, [lines, main, width, right, height, floor, reference?.value, props.zero]);
  const { x, y } = scales;

  const shown = at ?? props.pinned ?? null;
  const idx = shown === null ? -1 : main.findIndex((p) => p.window_start <= shown && shown < p.window_end);
  const cursor = idx >= 0 ? main[idx] : undefined;
  // One line needs no legend, so its newest window is told instead.
  const told = cursor ?? (lines.length === 1 ? main.findLast((p) => p.v !== null) : undefined);
  const ticks = timeTicks(
    main.map((p) => p.window_start),
    zone,
    Math.max(2, Math.floor((width - pad.left - right) / 68)),
  );
  const newest = main.at(-1);
  const lastX = newest ? x(middleOf(newest)) : 0;

  const move = (clientX: number, target: Element) => {
    const where = x.invert(clientX - target.getBoundingClientRect().left);
    const near = main.findIndex((p) => where < Date.parse(p.window_end));
    setAt(main[near < 0 ? main.length - 1 : near]?.window_start ?? null);
  };

  const names = nameLevels(
    reference ? y(reference.value) : null,
    floor === null ? null : y(floor),
    height - pad.bottom,
  );

  const say = (p: SeriesPoint | undefined) =>
    p ? describe(p, lines, zone, format, counted) : 'No window chosen';
  const marks = spread(
    lines
      .filter((l) => l.role !== 'faint' || lines.length === 1)
      .flatMap((l) => {
        const p = l.series.points.findLast((q) => q.v !== null);
        return p && p.v !== null
          ? [{ x: x(middleOf(p)) + 8, y: y(p.v), text: format(p.v), label: l.label, role: l.role }]
          : [];
      }),
    13,
  );

  return (
    <div className="series" ref={box}>
      <div className="series-readout" aria-hidden="true">
        {told ? (
          <Readout point={told} lines={lines} zone={zone} format={format} counted={counted} />
        ) : (
          <Legend lines={lines} />
        )}
      </div>
      <svg
        width={width}
        height={height}
        aria-hidden="true"
        onPointerMove={(e) => move(e.clientX, e.currentTarget)}
        onPointerLeave={() => setAt(null)}
        onClick={() => cursor && props.onPin?.(cursor.window_start)}
      >
        <defs>
          <clipPath id={clip}>
            <rect
              x={pad.left}
              y={pad.top - 6}
              width={Math.max(0, width - pad.left - right)}
              height={height - pad.top - pad.bottom + 12}
            />
          </clipPath>
        </defs>
        {y.ticks(4).map((t) => (
          <g key={t}>
            <line className="grid" x1={pad.left} x2={width - right} y1={y(t)} y2={y(t)} />
            <text className="axis" x={pad.left - 8} y={y(t) + 3.5} textAnchor="end">
              {tickText(t, format, y.ticks(4))}
            </text>
          </g>
        ))}
        {ticks.map((t) => (
          <text key={t.idx} className="axis" x={x(middleOf(main[t.idx]!))} y={height - 6} textAnchor="middle">
            {t.label}
          </text>
        ))}
        {newest && !ticks.some((t) => Math.abs(x(middleOf(main[t.idx]!)) - lastX) < 54) && (
          <text className="axis is-newest" x={lastX} y={height - 6} textAnchor="middle">
            {shortDay(newest.window_start, zone)}
          </text>
        )}
        {reference && (
          <g>
            {reference.sd !== null && (
              <rect
                className="reference-band"
                x={pad.left}
                width={Math.max(0, width - pad.left - right)}
                y={y(reference.value + reference.sd)}
                height={Math.max(0, y(reference.value - reference.sd) - y(reference.value + reference.sd))}
                clipPath={`url(#${clip})`}
              />
            )}
            <line
              className="reference-line"
              x1={pad.left}
              x2={width - right}
              y1={y(reference.value)}
              y2={y(reference.value)}
            />
          </g>
        )}
        <g clipPath={`url(#${clip})`}>
          {lines.map((l) => (
            <LineMarks key={l.label} line={l} x={(p) => x(middleOf(p))} y={(v) => y(v)} />
          ))}
        </g>
        {reference && (
          <text className="axis has-halo" {...names.reference}>
            {props.referenceName ?? `reference ${format(reference.value)}`}
          </text>
        )}
        {floor !== null && (
          <g>
            <line className="floor" x1={pad.left} x2={width - right} y1={y(floor)} y2={y(floor)} />
            <text className="axis is-floor has-halo" {...names.floor}>
              {props.floorName ?? 'floor'} {format(floor)}
            </text>
          </g>
        )}
        {annotations.length > 0 && (
          <g transform={`translate(0 ${pad.top - 9})`}>
            <Flags
              annotations={annotations}
              x={(iso) => x(Date.parse(iso))}
              from={pad.left}
              to={width - right}
              depth={height - pad.bottom - pad.top - 2}
            />
          </g>
        )}
        {marks.map((m) => (
          <text key={m.label} className={`end-label role-${m.role}`} x={m.x} y={m.y + 4}>
            {m.text}
          </text>
        ))}
        {cursor && (
          <g className="cursor">
            <line
              x1={x(middleOf(cursor))}
              x2={x(middleOf(cursor))}
              y1={pad.top - 6}
              y2={height - pad.bottom}
            />
            {lines.map((l) => {
              const v = pointAt(l.series, cursor)?.v ?? null;
              return v === null ? null : (
                <circle
                  key={l.label}
                  className={`role-${l.role}`}
                  cx={x(middleOf(cursor))}
                  cy={y(v)}
                  r={3.5}
                />
              );
            })}
          </g>
        )}
      </svg>
      <input
        type="range"
        className="series-slider"
        min={0}
        max={Math.max(0, main.length - 1)}
        value={idx >= 0 ? idx : Math.max(0, main.length - 1)}
        aria-label={label}
        aria-valuetext={say(cursor)}
        onChange={(e) => setAt(main[Number(e.target.value)]?.window_start ?? null)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && cursor) props.onPin?.(cursor.window_start);
          if (e.key === 'Escape') setAt(null);
        }}
        onBlur={() => setAt(null)}
      />
    </div>
  );
}

/** Ticks are round, so they need only as many digits as tell them apart. */
function tickText(t: number, format: (v: number) => string, all: number[]): string {
  const step = Math.abs((all[1] ?? 1) - (all[0] ?? 0));
  if (Math.abs(t) >= 1000) return format(t);
  const isShare = format(0.5).endsWith('%');
  const digits = Math.max(0, Math.ceil(-Math.log10(isShare ? step * 100 : step) - 1e-9));
  if (isShare) return `${(t * 100).toFixed(Math.min(4, digits))}%`.replace('-', '−');
  const text = t.toFixed(Math.min(6, digits));
  return text.replace('-', '−');
}

function LineMarks({
  line: l,
  x,
  y,
}: {
  line: ChartLine;
  x: (p: SeriesPoint) => number;
  y: (v: number) => number;
}) {
  const { points } = l.series;
  const has = (p: SeriesPoint) => p.v !== null;
  const band = area<SeriesPoint>()
    .defined((p) => p.lo !== null && p.hi !== null && p.v !== null)
    .x(x)
    .y0((p) => y(p.lo ?? 0))
    .y1((p) => y(p.hi ?? 0));
  const path = line<SeriesPoint>()
    .defined(has)
    .x(x)
    .y((p) => y(p.v ?? 0));
  const isEstimated = points.some((p) => p.kind === 'estimated');
  const measured = isEstimated ? points.map((p) => (p.kind === 'measured' ? p : { ...p, v: null })) : points;
  const estimated = isEstimated ? points.map((p) => (p.kind === 'estimated' ? p : { ...p, v: null })) : [];
  const showBand = l.role === 'value' || l.role === 'faint';
  return (
    <g className={`line role-${l.role}`}>
      {showBand && <path className="band" d={band(points) ?? undefined} />}
      <path d={path(measured) ?? undefined} />
      {isEstimated && <path className="is-estimated" d={path(estimated) ?? undefined} />}
      {points.length < 70 &&
        (l.role === 'value' || l.role === 'faint') &&
        points
          .filter(has)
          .map((p) => (
            <circle
              key={p.window_start}
              className={p.kind === 'estimated' ? 'is-estimated' : undefined}
              cx={x(p)}
              cy={y(p.v ?? 0)}
              r={1.8}
            />
          ))}
    </g>
  );
}

const gapWords = {
  few_rows: 'too few rows',
  no_data: 'no data',
  labels_pending: 'labels pending',
  not_monitored: 'not monitored',
};

function describe(
  p: SeriesPoint,
  lines: ChartLine[],
  zone: string,
  format: (v: number) => string,
  counted: string,
): string {
  const values = lines.map((l) => {
    const q = pointAt(l.series, p);
    return `${l.label} ${q && q.v !== null ? format(q.v) : 'none'}`;
  });
  return `${windowName(p.window_start, p.window_end, zone)}: ${values.join(', ')}, ${exact(p.n)} ${counted}`;
}

interface ReadoutProps {
  point: SeriesPoint;
  lines: ChartLine[];
  zone: string;
  format: (v: number) => string;
  counted: string;
}
function Readout({ point, lines, zone, format, counted }: ReadoutProps) {
  return (
    <>
      <strong>{windowName(point.window_start, point.window_end, zone)}</strong>
      {lines.map((l) => {
        const q = pointAt(l.series, point);
        return (
          <span key={l.label}>
            <i className={`key role-${l.role}`} /> {l.label}{' '}
            <b>{q && q.v !== null ? format(q.v) : (q?.gap && gapWords[q.gap]) || '–'}</b>
            {q &&
              q.lo !== null &&
              q.hi !== null &&
              l.role !== 'fast' &&
              l.role !== 'slow' &&
              ` (${format(q.lo)} to ${format(q.hi)})`}
          </span>
        );
      })}
      <span>
        {exact(point.n)} {counted}
      </span>
      {point.maturity !== null && <span>{percent(point.maturity, 0)} of labels</span>}
    </>
  );
}

function Legend({ lines }: { lines: ChartLine[] }) {
  return lines.map((l) => (
    <span key={l.label}>
      <i className={`key role-${l.role}`} /> {l.label}
    </span>
  ));
}

/** The table behind the lines: the same numbers, one row a window. */
export function seriesTable(lines: ChartLine[]) {
  const main = lines[0]?.series.points ?? [];
  return {
    head: [
      'window_start',
      'window_end',
      'rows',
      ...lines.map((l) => l.label),
      'low',
      'high',
      'label_share',
      'gap',
    ],
    rows: main.map((p) => [
      p.window_start,
      p.window_end,
      p.n,
      ...lines.map((l) => pointAt(l.series, p)?.v ?? null),
      p.lo,
      p.hi,
      p.maturity,
      p.gap ?? '',
    ]),
  };
}

export const seriesName = (s: Series) => metricName(s.metric);
