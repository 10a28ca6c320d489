import type { Performance } from '../../api/shapes';
import { useWidth } from '../../charts/size';
import { pValue } from '../../lib/format';
import { windowName } from '../../lib/time';

const left = 46;

/** What the rule decided for the fast and the slow mean of each window. */
export function JudgementStrip({ data, zone }: { data: Performance; zone: string }) {
  const [box, width] = useWidth<HTMLDivElement>(900);
  if (data.judgement.length === 0) return null;
  const starts = data.series.points.map((p) => p.window_start);
  const right = width < 480 ? 44 : 62;
  const step = Math.max(10, width - left - right) / Math.max(1, starts.length);
  const means = [...new Set(data.judgement.map((j) => j.w))].toSorted((a, b) => a - b);
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
                const idx = starts.indexOf(j.window_start);
                if (idx < 0) return null;
                const bad = j.decision === 'breach' || j.decision === 'drift';
                return (
                  <rect
                    key={j.window_start}
                    className={bad ? 'strip-critical' : j.decision === 'ok' ? 'strip-ok' : 'strip-no_data'}
                    x={left + idx * step + 0.5}
                    y={row * 14 + (bad ? 1 : 4)}
                    width={Math.max(1, step - 1)}
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
