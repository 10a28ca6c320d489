import { scaleLinear } from 'd3-scale';

export type IntervalTone = 'good' | 'bad' | 'plain' | 'unsure';

interface IntervalProps {
  value: number | null;
  low: number | null;
  high: number | null;
  limit?: number | null;
  /** Which side of the limit is wanted; the other side is drawn red. */
  wanted?: 'at_least' | 'at_most' | null;
  /** A difference has its zero drawn. */
  hasZero?: boolean;
  tone?: IntervalTone;
  /** Shared by the rows of one forest; else every row has its own. */
  domain?: [number, number];
  width?: number;
}

/** The domain that holds these numbers, with some air. */
export function domainAround(numbers: (number | null | undefined)[]): [number, number] {
  const all = numbers.filter((v): v is number => typeof v === 'number' && Number.isFinite(v));
  if (all.length === 0) return [-1, 1];
  const lo = Math.min(...all);
  const hi = Math.max(...all);
  const room = (hi - lo || Math.abs(hi) || 1) * 0.14;
  return [lo - room, hi + room];
}

/** One row of a forest: value, interval, limit and zero on one line. The words stand beside it. */
export function Interval(props: IntervalProps) {
  const { value, low, high, limit = null, wanted, hasZero = false, tone = 'plain', width = 150 } = props;
  if (value === null) return null;
  const domain = props.domain ?? domainAround([value, low, high, limit, hasZero ? 0 : null]);
  const x = scaleLinear(domain, [3, width - 3]).clamp(true);
  const bad = limit === null ? null : wanted === 'at_most' ? [x(limit), width - 3] : [3, x(limit)];
  return (
    <svg className={`interval is-${tone}`} width={width} height={22} aria-hidden="true">
      <line className="interval-axis" x1={3} x2={width - 3} y1={11} y2={11} />
      {bad && <line className="interval-bad" x1={bad[0]} x2={bad[1]} y1={11} y2={11} />}
      {hasZero && <line className="interval-zero" x1={x(0)} x2={x(0)} y1={2} y2={20} />}
      {limit !== null && <line className="interval-limit" x1={x(limit)} x2={x(limit)} y1={3} y2={19} />}
      {low !== null && high !== null && (
        <>
          <line className="interval-range" x1={x(low)} x2={x(high)} y1={11} y2={11} />
          {[low, high].map((end) =>
            // An end outside the drawn range is open: the interval goes on.
            end < domain[0] || end > domain[1] ? null : (
              <line key={end} className="interval-range" x1={x(end)} x2={x(end)} y1={7.5} y2={14.5} />
            ),
          )}
        </>
      )}
      <circle className="interval-dot" cx={x(value)} cy={11} r={3.8} />
    </svg>
  );
}
