import { scaleLinear } from 'd3-scale';
import type { PointKind } from '../api/shapes';

interface WhiskerProps {
  value: number;
  lo: number | null;
  hi: number | null;
  floor: number | null;
  kind: PointKind;
  goodIsUp: boolean;
  width?: number;
}

/** A value with its interval on one line with its floor; hollow means estimated. */
export function Whisker({ value, lo, hi, floor, kind, goodIsUp, width = 92 }: WhiskerProps) {
  const all = [value, lo ?? value, hi ?? value, floor ?? value];
  const reach = Math.max(Math.max(...all) - Math.min(...all), 0.02) * 1.9;
  const middle = floor ?? value;
  const x = scaleLinear([middle - reach / 2, middle + reach / 2], [2, width - 2]).clamp(true);
  const isBelow = floor !== null && (goodIsUp ? value < floor : value > floor);
  const at = x(middle);
  const bad = goodIsUp ? [2, at] : [at, width - 2];
  return (
    <svg className="whisker" width={width} height={20} aria-hidden="true">
      <line className="whisker-axis" x1={2} x2={width - 2} y1={10} y2={10} />
      {floor !== null && <line className="whisker-bad" x1={bad[0]} x2={bad[1]} y1={10} y2={10} />}
      {lo !== null && hi !== null && (
        <line
          className={isBelow ? 'whisker-range is-below' : 'whisker-range'}
          x1={x(lo)}
          x2={x(hi)}
          y1={10}
          y2={10}
        />
      )}
      {floor !== null && <line className="whisker-floor" x1={at} x2={at} y1={4} y2={16} />}
      <circle
        className={`whisker-dot${isBelow ? ' is-below' : ''}${kind === 'estimated' ? ' is-estimated' : ''}`}
        cx={x(value)}
        cy={10}
        r={3.6}
      />
    </svg>
  );
}
