import { useEffect, useState } from 'react';
import type { Annotation, IncidentSummary, Lane, LaneName } from '../api/shapes';
import { timeTicks, windowName } from '../lib/time';
import { words } from '../lib/format';
import { Flags } from './Flags';
import { onGridKey } from './grid';
import { useWidth } from './size';

const heights = { ok: 7, warning: 13, critical: 19, no_data: 4 } as const;
const rowHeight = 28;
const names = 104;

/** Few windows would make bricks; a mark stays a mark. */
const laneWidth = (step: number) => Math.max(1.5, Math.min(20, step - (step > 5 ? 2 : 0.5)));

interface LaneMapProps {
  lanes: Lane[];
  incidents: IncidentSummary[];
  annotations: Annotation[];
  zone: string;
  end: string;
  onOpen: (lane: LaneName, at: string) => void;
}

/** Incidents that overlap get a line each. */
export function stack(
  incidents: IncidentSummary[],
  end: string,
): { incident: IncidentSummary; track: number }[] {
  const free: string[] = [];
  return incidents
    .toSorted((a, b) => a.opened_at.localeCompare(b.opened_at))
    .map((incident) => {
      const open = free.findIndex((until) => until <= incident.opened_at);
      const track = open >= 0 ? open : free.length;
      free[track] = incident.resolved_at ?? end;
      return { incident, track };
    });
}

/** The health of one model over time, one lane a concern; a cell opens its page at that time. */
export function LaneMap({ lanes, incidents, annotations, zone, end, onOpen }: LaneMapProps) {
  const [box, width] = useWidth<HTMLDivElement>(900);
  const starts = lanes[0]?.cells.map((c) => c.window_start) ?? [];
  const [at, setAt] = useState({ row: 0, col: Math.max(0, starts.length - 1) });
  const [focused, setFocused] = useState(false);
  const inner = Math.max(width - names - 8, starts.length * (width < 600 ? 8 : 2.5));
  const step = inner / Math.max(1, starts.length);
  const x = (iso: string) => {
    const first = Date.parse(starts[0] ?? end);
    const span = Date.parse(end) - first || 1;
    return names + Math.min(1, Math.max(0, (Date.parse(iso) - first) / span)) * inner;
  };
  const top = 26;
  const bars = stack(incidents, end);
  const tracks = Math.max(0, ...bars.map((b) => b.track + 1));
  const base = top + lanes.length * rowHeight + 6;
  const height = base + tracks * 20 + 24;
  const cell = lanes[at.row]?.cells[at.col];
  const start = starts[at.col];
  const say =
    cell && start
      ? `${words(lanes[at.row]?.name ?? '')}, ${windowName(start, starts[at.col + 1] ?? end, zone)}: ${cell.text || 'not judged'}`
      : '';
  const ticks = timeTicks(starts, zone, Math.max(2, Math.floor(inner / 68)));
  // On a phone the lanes are wider than the screen; the newest windows come first into view.
  useEffect(() => {
    if (names + inner + 8 > width) box.current?.scrollTo({ left: inner });
  }, [box, inner, width]);
  return (
    <div className="lanes">
      {/* Stays while the lanes scroll; the headers inside the grid say the same to a screen reader. */}
      <div className="lane-names" aria-hidden="true" style={{ width: names }}>
        {lanes.map((lane, row) => (
          <span key={lane.name} style={{ top: top + row * rowHeight + 4 }}>
            {words(lane.name)}
          </span>
        ))}
        {bars.length > 0 && <span style={{ top: base - 2 }}>Incidents</span>}
      </div>
      {/* One stop for the keyboard; arrows move inside, Enter opens. */}
      <div
        ref={box}
        className="lanes-scroll"
        role="grid"
        tabIndex={0}
        aria-label="Health over time"
        aria-activedescendant={`lane-${at.row}-${at.col}`}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={(event) => {
          const lane = lanes[at.row];
          if (event.key === 'Enter' && lane && cell) onOpen(lane.name, cell.window_start);
          onGridKey(event, at, { rows: lanes.length, cols: starts.length }, setAt);
        }}
      >
        <svg width={names + inner + 8} height={height} role="presentation">
          <g transform={`translate(0 ${top - 14})`}>
            <Flags
              annotations={annotations}
              x={x}
              from={names}
              to={names + inner}
              depth={lanes.length * rowHeight}
            />
          </g>
          {lanes.map((lane, row) => (
            <g key={lane.name} role="row">
              <text role="rowheader" className="lane-name" x={0} y={top + row * rowHeight + 18}>
                {words(lane.name)}
              </text>
              {lane.cells.map((c, col) => {
                const h = heights[c.state];
                return (
                  // Keys are handled by the grid, which holds the focus.
                  // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
                  <g
                    key={c.window_start}
                    id={`lane-${row}-${col}`}
                    role="gridcell"
                    aria-label={`${words(lane.name)}, ${windowName(c.window_start, starts[col + 1] ?? end, zone)}: ${c.text || 'not judged'}`}
                    onPointerEnter={() => setAt({ row, col })}
                    onClick={() => onOpen(lane.name, c.window_start)}
                  >
                    <rect
                      className="lane-hit"
                      x={names + col * step}
                      y={top + row * rowHeight}
                      width={step}
                      height={rowHeight}
                    />
                    <rect
                      className={`strip-${c.state}`}
                      x={names + (col + 0.5) * step - laneWidth(step) / 2}
                      y={top + row * rowHeight + (rowHeight - h) / 2}
                      width={laneWidth(step)}
                      height={h}
                      rx={1}
                    />
                    {focused && at.row === row && at.col === col && (
                      <rect
                        className="cell-focus"
                        x={names + col * step - 1}
                        y={top + row * rowHeight + 2}
                        width={Math.max(6, step)}
                        height={rowHeight - 4}
                        rx={2}
                      />
                    )}
                  </g>
                );
              })}
            </g>
          ))}
          {bars.length > 0 && (
            <g aria-hidden="true">
              {bars.map(({ incident: i, track }) => {
                const x0 = x(i.opened_at);
                const x1 = i.resolved_at ? x(i.resolved_at) : names + inner;
                const isBad = i.severity === 'critical' || i.severity === 'high';
                return (
                  <g key={i.id} className={`incident-bar is-${isBad ? 'critical' : 'warning'}`}>
                    <rect
                      x={x0 + 0.5}
                      y={base + track * 20}
                      width={Math.max(4, x1 - x0 - 1)}
                      height={16}
                      rx={2}
                    />
                    {x1 - x0 > 28 && (
                      <text x={x0 + 6} y={base + track * 20 + 12}>
                        #{i.number}
                        {x1 - x0 > 40 + i.title.length * 6 && ` ${i.title}`}
                      </text>
                    )}
                  </g>
                );
              })}
            </g>
          )}
          {ticks.map((t) => (
            <text
              key={t.idx}
              className="axis"
              x={names + (t.idx + 0.5) * step}
              y={height - 5}
              textAnchor="middle"
              aria-hidden="true"
            >
              {t.label}
            </text>
          ))}
        </svg>
      </div>
      <p className="lane-readout" aria-live="polite">
        {say}
      </p>
    </div>
  );
}
