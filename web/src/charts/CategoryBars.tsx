import type { CategoricalDistribution } from '../api/shapes';
import { middle, percent, points } from '../lib/format';
import { useWidth } from './size';

const row = 22;

/** One line a category: reference behind in grey, current in front, the change in points beside. */
export function CategoryBars({ data, label }: { data: CategoricalDistribution; label: string }) {
  const [box, width] = useWidth<HTMLDivElement>(330);
  const names = 104;
  const change = 54;
  const top = Math.max(...data.bars.flatMap((b) => [b.reference, b.current]), 1e-9);
  const size = (v: number) => (v / top) * Math.max(10, width - names - change - 8);
  const largest = Math.max(...data.bars.map((b) => Math.abs(b.current - b.reference)), 1e-9);
  return (
    <div ref={box}>
      <svg
        className="categories"
        width={width}
        height={data.bars.length * row + 4}
        role="img"
        aria-label={label}
      >
        {data.bars.map((b, i) => {
          const y = i * row + 2;
          const moved = b.current - b.reference;
          const strong = Math.abs(moved) > largest * 0.3;
          return (
            <g key={b.category} className={b.is_unseen ? 'is-unseen' : undefined}>
              <title>{`${b.category}: reference ${percent(b.reference)}, current ${percent(b.current)}`}</title>
              <text className="category" x={names - 8} y={y + 13.5} textAnchor="end">
                {middle(b.category, 15)}
              </text>
              <rect
                className="reference-fill"
                x={names}
                y={y + 1}
                width={size(b.reference)}
                height={16}
                rx={1.5}
              />
              <rect
                className="current-bar"
                x={names}
                y={y + 4.5}
                width={Math.max(b.current > 0 ? 1 : 0, size(b.current))}
                height={9}
                rx={1.5}
              />
              <text
                className={strong ? 'change is-strong' : 'change'}
                x={width - 2}
                y={y + 13.5}
                textAnchor="end"
              >
                {points(moved)}
              </text>
            </g>
          );
        })}
        <line className="base is-light" x1={names} x2={names} y1={0} y2={data.bars.length * row + 2} />
      </svg>
    </div>
  );
}

export function categoryTable(data: CategoricalDistribution) {
  return {
    head: ['category', 'reference_share', 'current_share', 'unseen', 'other'],
    rows: data.bars.map((b) => [b.category, b.reference, b.current, String(b.is_unseen), String(b.is_other)]),
  };
}
