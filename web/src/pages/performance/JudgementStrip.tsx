import type { Performance } from '../../api/shapes';
import { useWidth } from '../../charts/size';
import { pValue } from '../../lib/format';
import { windowName } from '../../lib/time';

const left = 46;

/** What the rule decided for the fast and the slow mean of each window. */
export function JudgementStrip({ data, zone }: { data: Performance; zone: string }) {
  const [box, width] = useWidth<HTMLDivElement>(900);
  if (data.judgement.length === 0) return null;
  // The series may show weeks or months while the rule judges days, so places come from times.
  const first = Date.parse(data.series.points[0]?.window_start ?? data.range.from);
  const last = Date.parse(data.series.points.at(-1)?.window_end ?? data.range.to);
  const perMs = Math.max(10, width - left - (width < 480 ? 44 : 62)) / (last - first || 1);
  const means = [...new Set(data.judgement.map((j) => j.w))].toSorted((a, b) => a - b);
  const times = data.judgement.filter((j) => j.w === means[0]).map((j) => Date.parse(j.window_start));
  const spacing =
    times.length > 1 ? Math.min(...times.slice(1).map((t, i) => t - (times[i] ?? t))) : 86_400_000;
  const step = spacing * perMs;
  const fired = data.judgement.filter((j) => j.decision === 'breach' || j.decision === 'drift').length;
  return (
    <div ref={box} className="under-strip">
      <p className="strip-title">
        Rule, by the spread of the reference’s windows{' '}
        <span>
          {fired === 0
            ? 'no mean is judged too low'
            : `${fired} of ${data.judgement.length} means are judged worse than the reference`}
        </span>
      </p>
      <svg
        width={width}
        height={means.length * 14 + 2}
        role="img"
        aria-label={`Decisions of the rule: ${fired} of ${data.judgement.length} worse than the reference`}
      >
        {means.map((w, row) => (
          <g key={w}>
            <text className="axis" x={left - 8} y={row * 14 + 10} textAnchor="end">
              {w}
            </text>
            {data.judgement
              .filter((j) => j.w === w)
              .map((j) => {
                const at = Date.parse(j.window_start);
                if (at < first || at >= last) return null;
                const bad = j.decision === 'breach' || j.decision === 'drift';
                return (
                  <rect
                    key={j.window_start}
                    className={bad ? 'strip-critical' : j.decision === 'ok' ? 'strip-ok' : 'strip-no_data'}
                    x={left + (at - first) * perMs + (step > 3 ? 0.5 : 0)}
                    y={row * 14 + (bad ? 1 : 4)}
                    width={Math.max(1, step - (step > 3 ? 1 : 0))}
                    height={bad ? 11 : 5}
                    rx={1}
                  >
                    <title>{`${windowName(j.window_start, null, zone)}, mean of ${w}: p ${pValue(j.p_value)}, ${j.decision.replaceAll('_', ' ')}`}</title>
                  </rect>
                );
              })}
          </g>
        ))}
      </svg>
    </div>
  );
}
