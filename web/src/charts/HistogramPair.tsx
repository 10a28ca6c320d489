import { scaleLinear } from 'd3-scale';
import type { NumericDistribution } from '../api/shapes';
import { percent, quantity, significant } from '../lib/format';
import { useWidth } from './size';

interface Bar {
  /** What an open outer bin holds, in words; absent for inner bins. */
  beyond: string | null;
  share: number;
  x0: number;
  x1: number;
  reference: number;
  current: number;
}

/** Open outer bins get the width of a usual bin; heights are densities, so widths may differ. */
export function layoutBins(bins: NumericDistribution['bins']): { bars: Bar[]; lo: number; hi: number } {
  const widths = bins
    .flatMap((b) => (b.from !== null && b.to !== null ? [b.to - b.from] : []))
    .filter((w) => w > 0);
  const usual = widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)] ?? 1;
  const bars = bins.map((b) => {
    const x0 = b.from ?? (b.to ?? 0) - usual;
    const x1 = b.to ?? (b.from ?? 0) + usual;
    const wide = x1 > x0 ? x1 : x0 + usual;
    const per = usual / (wide - x0);
    const beyond =
      b.from === null && b.to !== null
        ? `below ${quantity(b.to)}`
        : b.to === null && b.from !== null
          ? `above ${quantity(b.from)}`
          : null;
    return { x0, x1: wide, reference: b.reference * per, current: b.current * per, beyond, share: b.current };
  });
  return { bars, lo: Math.min(...bars.map((b) => b.x0)), hi: Math.max(...bars.map((b) => b.x1)) };
}

/** Reference as a filled step behind, current in front, and the difference as a strip below. */
export function HistogramPair({
  data,
  label,
  height = 150,
}: {
  data: NumericDistribution;
  label: string;
  height?: number;
}) {
  const [box, width] = useWidth<HTMLDivElement>(330);
  const { bars, lo, hi } = layoutBins(data.bins);
  const strip = 30;
  const x = scaleLinear([lo, hi], [2, width - 2]);
  // One bin may hold most rows (what lies beyond the reference is one bin). It is cut at the top and
  // its share is written beside it, or everything else would be flat.
  const heights = bars.flatMap((b) => [b.reference, b.current]).toSorted((a, b) => b - a);
  const [highest = 0, second = 0] = heights;
  const isLone = highest > second * 2.5 && second > 0;
  const top = Math.max(isLone ? second * 1.3 : highest, 1e-9);
  const y = scaleLinear([0, top], [height, 6]).clamp(true);
  const cut = bars.filter((b) => b.current > top);
  const gap = Math.max(...bars.map((b) => Math.min(top, Math.abs(b.current - b.reference))), 1e-9);
  const d = scaleLinear([-gap, gap], [strip / 2, -strip / 2]).clamp(true);
  const zero = height + 10 + strip / 2;
  const outline =
    bars.map((b, i) => `${i === 0 ? `M${x(b.x0)} ${y(0)}` : ''}V${y(b.reference)}H${x(b.x1)}`).join('') +
    `V${y(0)}`;
  const ticks = x.ticks(Math.max(3, Math.floor(width / 80)));
  return (
    <div ref={box} className="histogram">
      <svg width={width} height={height + strip + 34} role="img" aria-label={label}>
        <path className="reference-fill" d={outline} />
        {bars.map((b) => {
          const w = x(b.x1) - x(b.x0);
          const inset = w > 5 ? Math.min(w * 0.18, 3) : 0.5;
          return (
            <g key={b.x0}>
              <rect
                className="current-bar"
                x={x(b.x0) + inset}
                width={Math.max(0.5, w - 2 * inset)}
                y={y(b.current)}
                height={y(0) - y(b.current)}
              />
              <rect
                className={b.current > b.reference ? 'diff is-more' : 'diff is-less'}
                x={x(b.x0) + inset}
                width={Math.max(0.5, w - 2 * inset)}
                y={zero + Math.min(0, d(b.current - b.reference))}
                height={Math.abs(d(b.current - b.reference))}
              />
            </g>
          );
        })}
        <path className="reference-outline" d={outline} />
        {cut.map((b) => {
          const isRight = b.x0 > (lo + hi) / 2;
          return (
            <text
              key={b.x0}
              className="beyond"
              x={isRight ? x(b.x0) - 6 : x(b.x1) + 6}
              y={16}
              textAnchor={isRight ? 'end' : 'start'}
            >
              {percent(b.share, 0)} {b.beyond ?? `at ${quantity(b.x0)}`}
            </text>
          );
        })}
        {(['reference', 'current'] as const).map((side) => {
          const median = data.quantiles[side].p50;
          return median === null ? null : (
            <line
              key={side}
              className={`median is-${side}`}
              x1={x(median)}
              x2={x(median)}
              y1={4}
              y2={height}
            />
          );
        })}
        <line className="base" x1={2} x2={width - 2} y1={height} y2={height} />
        <line className="base is-light" x1={2} x2={width - 2} y1={zero} y2={zero} />
        {ticks.map((t) => (
          <text
            key={t}
            className="axis"
            x={Math.min(width - 12, Math.max(10, x(t)))}
            y={height + strip + 28}
            textAnchor="middle"
          >
            {significant(t)}
          </text>
        ))}
      </svg>
    </div>
  );
}

export function histogramTable(data: NumericDistribution) {
  return {
    head: ['from', 'to', 'reference_share', 'current_share'],
    rows: data.bins.map((b) => [b.from, b.to, b.reference, b.current]),
  };
}

export const shareText = (v: number) => percent(v, 1);
