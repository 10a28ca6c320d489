import type { Performance } from '../../api/shapes';
import { useWidth } from '../../charts/size';
import { percent } from '../../lib/format';

const left = 46;

/** Fewer labels than is usual at that age; a few points are noise, and the future has none yet. */
const isShort = (b: Performance['maturity'][number], knownAt: string | null) =>
  b.usual_share_at_age !== null &&
  b.share_labelled !== null &&
  (knownAt === null || b.window_start < knownAt) &&
  b.share_labelled < b.usual_share_at_age - 0.03;

/** How many labels have arrived, window by window, against what is usual at that age. */
export function MaturityBars({ data }: { data: Performance; zone: string }) {
  const [box, width] = useWidth<HTMLDivElement>(900);
  const bars = data.maturity;
  if (bars.length === 0) return null;
  const right = width < 480 ? 44 : 62;
  const inner = Math.max(10, width - left - right);
  const step = inner / bars.length;
  const last = bars.findLast((b) => data.known_at === null || b.window_start < data.known_at) ?? bars.at(-1);
  const short = bars.filter((b) => isShort(b, data.known_at)).length;
  return (
    <div ref={box} className="under-strip">
      <p className="strip-title">
        Labels arrived{' '}
        {short > 0 && (
          <span>
            {short} of {bars.length} windows have fewer than is usual at their age
          </span>
        )}
      </p>
      <svg
        width={width}
        height={34}
        role="img"
        aria-label={`Share of labels that arrived: ${percent(last?.share_labelled)} in the newest window`}
      >
        {bars.map((b, i) => (
          <g key={b.window_start}>
            <rect
              className={isShort(b, data.known_at) ? 'maturity is-short' : 'maturity'}
              x={left + i * step + 0.5}
              width={Math.max(1, step - 1)}
              y={32 - 28 * (b.share_labelled ?? 0)}
              height={28 * (b.share_labelled ?? 0)}
            />
            {b.usual_share_at_age !== null && (
              <line
                className="usual"
                x1={left + i * step}
                x2={left + (i + 1) * step}
                y1={32 - 28 * b.usual_share_at_age}
                y2={32 - 28 * b.usual_share_at_age}
              />
            )}
          </g>
        ))}
        <text className="axis" x={left - 8} y={8} textAnchor="end">
          100%
        </text>
        <text className="axis" x={left - 8} y={33} textAnchor="end">
          0
        </text>
        <text className="end-label role-slow" x={width - right + 8} y={16}>
          {percent(last?.share_labelled, 0)}
        </text>
      </svg>
    </div>
  );
}
