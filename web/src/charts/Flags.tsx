import type { Annotation } from '../api/shapes';

interface FlagsProps {
  annotations: Annotation[];
  x: (at: string) => number;
  /** Where flags may stand; labels keep inside too. */
  from: number;
  to: number;
  /** How far the dashed lines reach below the flags. */
  depth: number;
}

const letter = 5.7;

/** Deploys, incidents and other marks above a time chart; a label is left out where it has no room. */
export function Flags(props: FlagsProps) {
  return (
    <g aria-hidden="true">
      {place(props).map(({ flag, at, left }) => (
        <g key={`${flag.at}${flag.text}`} className="flag">
          <title>{flag.text}</title>
          {left !== null && <text x={left}>{flag.text}</text>}
          <path d={`M${at - 3.5} 5h7l-3.5 5z`} />
          <line x1={at} x2={at} y1={11} y2={11 + props.depth} />
        </g>
      ))}
    </g>
  );
}

/** Positions in time order; the earlier of two labels that would touch keeps its place. */
function place({ annotations, x, from, to }: FlagsProps) {
  const placed: { flag: Annotation; at: number; left: number | null }[] = [];
  let used = -Infinity;
  for (const flag of annotations.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const at = x(flag.at);
    if (at < from - 1 || at > to + 1) continue;
    const room = flag.text.length * letter;
    const left = Math.min(to - room, Math.max(from, at - room / 2));
    const fits = left > used && room < to - from;
    if (fits) used = left + room + 8;
    placed.push({ flag, at, left: fits ? left : null });
  }
  return placed;
}
