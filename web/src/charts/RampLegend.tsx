import { heatSteps } from './tokens';

/** The colours in order, with the threshold marked where they turn warm. */
export function RampLegend({ unit }: { unit: string }) {
  const n = heatSteps.below + heatSteps.above;
  const size = 14;
  const mark = heatSteps.below * size;
  return (
    <div className="ramp-legend">
      <svg
        width={n * size + 4}
        height={32}
        role="img"
        aria-label="Colours from pale below the threshold to strong at four times the threshold"
      >
        {Array.from({ length: n }, (_, i) => (
          <rect key={i} className={`heat-${i}`} x={i * size} y={2} width={size - 1} height={12} />
        ))}
        <line className="ramp-mark" x1={mark - 0.5} x2={mark - 0.5} y1={0} y2={17} />
        <text className="axis" x={0} y={28}>
          0
        </text>
        <text className="axis" x={mark} y={28} textAnchor="middle">
          {unit}
        </text>
        <text className="axis" x={n * size} y={28} textAnchor="end">
          4× and more
        </text>
      </svg>
      <span className="hatch-key">
        <svg width={16} height={12} aria-hidden="true">
          <rect className="heat-hatch" width={16} height={12} />
        </svg>{' '}
        not scored
      </span>
    </div>
  );
}
