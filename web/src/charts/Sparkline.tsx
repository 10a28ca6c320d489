import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

/** A line without axes, from zero; the newest value has a dot. */
export function Sparkline({
  values,
  width = 88,
  height = 24,
}: {
  values: number[];
  width?: number;
  height?: number;
}) {
  if (values.length < 2 || values.every((v) => v === 0)) {
    return (
      <svg className="spark" width={width} height={height} aria-hidden="true">
        <line className="spark-none" x1={0} x2={width} y1={height / 2} y2={height / 2} />
      </svg>
    );
  }
  const x = scaleLinear([0, values.length - 1], [1, width - 4]);
  const y = scaleLinear([0, Math.max(...values)], [height - 2, 3]);
  const path = line<number>()
    .x((_, i) => x(i))
    .y((v) => y(v))(values);
  return (
    <svg className="spark" width={width} height={height} aria-hidden="true">
      <path d={path ?? undefined} />
      <circle cx={x(values.length - 1)} cy={y(values.at(-1) ?? 0)} r={1.8} />
    </svg>
  );
}
