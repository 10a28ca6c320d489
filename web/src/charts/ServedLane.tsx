import { scaleLinear } from 'd3-scale';
import type { Served } from '../api/loop_shapes';
import { moment, shortDay } from '../lib/time';
import { useWidth } from './size';

interface ServedLaneProps {
  served: Served[];
  zone: string;
  label: string;
  /** From when to when it is drawn; what still serves does so until its end. */
  span: [number, number];
  at?: string | undefined;
  hasAxis?: boolean;
}

/** From the first promotion to the present, which a model that lives on event time has in its data. */
export function servedSpan(served: Served[], now: number): [number, number] {
  const first = served[0];
  if (!first) return [now - 1, now];
  const start = Date.parse(first.from);
  const ends = served.map((s) => (s.to === null ? now : Date.parse(s.to)));
  return [start, Math.max(start + 1, ...ends)];
}

/** Which version served when; the present one is blue, a rollback has a turned arrow. */
export function ServedLane({ served, zone, label, span, at, hasAxis = false }: ServedLaneProps) {
  const [box, width] = useWidth<HTMLDivElement>(320);
  const x = scaleLinear(span, [0, width]).clamp(true);
  const mark = at === undefined ? null : Date.parse(at);
  const isInside = mark !== null && mark >= span[0] && mark <= span[1];
  return (
    <div ref={box} className="served">
      <svg width={width} height={hasAxis ? 46 : 24} role="img" aria-label={label}>
        {served.map((s) => {
          const left = x(Date.parse(s.from));
          const right = x(s.to === null ? span[1] : Date.parse(s.to));
          const wide = right - left;
          const tone = s.to === null ? 'is-now' : 'is-past';
          return (
            <g key={`${s.version}${s.from}`} className={`served-bar ${tone} is-${s.kind}`}>
              <rect x={left + 0.5} y={2} width={Math.max(2, wide - 1)} height={20} rx={2} />
              {s.kind === 'rolled_back' && wide > 16 && (
                <path className="served-back" d={`M${left + 9} 8.6l-3 3l3 3M${left + 6.4} 11.6h4.4`} />
              )}
              {wide > 26 && (
                <text x={left + (s.kind === 'rolled_back' ? 16 : 7)} y={16}>
                  {s.version}
                </text>
              )}
              <title>{servedWords(s, zone)}</title>
            </g>
          );
        })}
        {isInside && <line className="served-at" x1={x(mark)} x2={x(mark)} y1={0} y2={24} />}
        {hasAxis &&
          served
            .filter(
              (s, i) => i === 0 || x(Date.parse(s.from)) - x(Date.parse(served[i - 1]?.from ?? '')) > 74,
            )
            .map((s) => {
              const left = x(Date.parse(s.from));
              const isLast = left > width - 60;
              return (
                <text
                  key={s.from}
                  className="axis"
                  x={isLast ? width : left}
                  y={40}
                  textAnchor={isLast ? 'end' : 'start'}
                >
                  {axisText(s.from, span, zone)}
                </text>
              );
            })}
      </svg>
    </div>
  );
}

/** Within a day or two the hour tells more than the date. */
function axisText(iso: string, domain: [number, number], zone: string): string {
  return domain[1] - domain[0] < 2 * 86_400_000
    ? moment(iso, zone).replace(/^\w+ /, '')
    : shortDay(iso, zone);
}

export const servedKinds: Record<Served['kind'], string> = {
  promoted: 'promoted',
  rolled_back: 'came back by a rollback',
  set_by_hand: 'set by hand',
};

export function servedWords(s: Served, zone: string): string {
  const until = s.to === null ? 'still serves' : `until ${moment(s.to, zone)}`;
  return `${s.version}, ${servedKinds[s.kind]} ${moment(s.from, zone)} by ${s.actor}, ${until}${s.reason ? `: ${s.reason}` : ''}`;
}
