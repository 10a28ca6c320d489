import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react';
import type { DriftColumn, DriftMap } from '../api/shapes';
import { day, timeTicks } from '../lib/time';
import { Flags } from './Flags';
import { onGridKey } from './grid';
import { HeatCanvas } from './HeatCanvas';
import { cellText } from './heatCell';
import { HeatRow, heatRowHeight } from './HeatRow';
import { useWidth } from './size';

const svgLimit = 4000;
const block = 40;

// On a phone the names stay and the cells scroll, so the columns beside them give way.
const wide = { name: 208, nameLength: 21, value: 66, since: 88, cell: 2.5 };
const narrow = { name: 136, nameLength: 17, value: 52, since: 0, cell: 14 };

export interface HeatChoice {
  feature: string;
  at: string;
}

interface HeatMapProps {
  data: DriftMap;
  columns: DriftColumn[];
  zone: string;
  chosen: HeatChoice | null;
  onChoose: (choice: HeatChoice) => void;
}

/** Columns by windows. One stop for the keyboard; arrows move the choice, which lives in the URL. */
export function HeatMap({ data, columns, zone, chosen, onChoose }: HeatMapProps) {
  const [scroller, width] = useWidth<HTMLDivElement>(900);
  const { windows, by } = data;
  const sizes = width < 600 ? narrow : wide;
  const room = width - sizes.name - sizes.value - sizes.since;
  const step = Math.min(48, Math.max(sizes.cell, room / Math.max(1, windows.length)));
  const cells = windows.length * step;
  const template = `${sizes.name}px ${cells}px ${sizes.value}px${sizes.since > 0 ? ` ${sizes.since}px` : ''}`;
  const onCanvas = columns.length * windows.length > svgLimit;
  const row = chosen ? columns.findIndex((c) => c.name === chosen.feature) : -1;
  const col = chosen ? windows.findIndex((w) => w.start === chosen.at) : -1;
  const at = { row: Math.max(0, row), col: col >= 0 ? col : windows.length - 1 };
  const importances = columns.flatMap((c) => (c.importance === null ? [] : [c.importance]));
  const top = Math.max(...importances, 1e-9);
  const blocks = useMemo(
    () =>
      Array.from({ length: Math.ceil(columns.length / block) }, (_, i) =>
        columns.slice(i * block, (i + 1) * block),
      ),
    [columns],
  );

  // Wider than its place: the newest windows are what one came for.
  useEffect(() => {
    if (cells > room) scroller.current?.scrollTo({ left: cells });
  }, [cells, room, scroller]);

  const choose = (to: { row: number; col: number }) => {
    const column = columns[to.row];
    const window = windows[to.col];
    if (column && window) onChoose({ feature: column.name, at: window.start });
  };
  /** Keeps the chosen cell in sight when keys move it, beside the names that stay. */
  const goTo = (to: { row: number; col: number }) => {
    choose(to);
    const element = scroller.current;
    if (!element) return;
    element.querySelector(`[data-row="${to.row}"]`)?.scrollIntoView({ block: 'nearest' });
    const left = to.col * step;
    if (left < element.scrollLeft) element.scrollTo({ left });
    else if (left + step > element.scrollLeft + room) element.scrollTo({ left: left + step - room });
  };
  const pick = (event: { target: EventTarget; clientX: number }) => {
    const line = (event.target as Element).closest<HTMLElement>('[data-row]');
    const box = line?.querySelector('.heat-plot')?.getBoundingClientRect();
    if (!line || !box) return null;
    const inside = event.clientX >= box.left && event.clientX < box.left + cells;
    return {
      row: Number(line.dataset.row),
      col: inside ? Math.min(windows.length - 1, Math.floor((event.clientX - box.left) / step)) : -1,
    };
  };

  return (
    <div className="heat">
      <svg width={0} height={0} className="defs" aria-hidden="true">
        <defs>
          <pattern
            id="hatch"
            width={5}
            height={5}
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect className="hatch-back" width={5} height={5} />
            <line className="hatch-line" x1={0} x2={0} y1={0} y2={5} />
          </pattern>
        </defs>
      </svg>
      <div
        ref={scroller}
        className="heat-scroll"
        style={{ '--heat-columns': template } as CSSProperties}
        role="grid"
        tabIndex={0}
        aria-label={`Drift of ${columns.length} columns in ${windows.length} windows`}
        aria-rowcount={columns.length + 1}
        aria-colcount={windows.length}
        aria-activedescendant={row >= 0 && col >= 0 ? `cell-${row}-${col}` : undefined}
        onKeyDown={(event) => onGridKey(event, at, { rows: columns.length, cols: windows.length }, goTo)}
        onClick={(event) => {
          const hit = pick(event);
          if (hit) choose({ row: hit.row, col: hit.col >= 0 ? hit.col : at.col });
        }}
      >
        <div role="row" className="heat-row heat-head">
          <span role="columnheader" className="heat-name">
            Column, by effect
          </span>
          <div role="columnheader" className="heat-plot">
            <span className="sr-only">Windows</span>
            <svg className="flags" width={cells} height={32}>
              <g transform="translate(0 20)">
                <Flags
                  annotations={data.annotations}
                  x={(iso) => xOf(data, iso) * cells}
                  from={0}
                  to={cells}
                  depth={columns.length * heatRowHeight}
                />
              </g>
            </svg>
          </div>
          <span role="columnheader" className="heat-value">
            {by === 'decision' ? 'Effect' : 'Value'}
          </span>
          {sizes.since > 0 && (
            <span role="columnheader" className="heat-since">
              Drifting since
            </span>
          )}
        </div>
        {blocks.map((rows, b) => (
          <div key={rows[0]?.name ?? b} role="rowgroup" className="heat-block">
            {onCanvas && <HeatCanvas columns={rows} by={by} step={step} width={cells} left={sizes.name} />}
            {rows.map((c, i) => (
              <HeatRow
                key={c.name}
                column={c}
                windows={windows}
                row={b * block + i}
                by={by}
                zone={zone}
                step={step}
                chosen={b * block + i === row ? col : null}
                onCanvas={onCanvas}
                nameLength={sizes.nameLength}
                hasSince={sizes.since > 0}
                importanceTop={top}
              />
            ))}
          </div>
        ))}
        <RowsPerWindow data={data} step={step} width={cells} zone={zone} />
      </div>
      <HoverText columns={columns} data={data} zone={zone} scroller={scroller} pick={pick} />
    </div>
  );
}

/** Where an instant lies between the first and the last window, from 0 to 1. */
function xOf(data: DriftMap, iso: string): number {
  const first = Date.parse(data.windows[0]?.start ?? data.range.from);
  const last = Date.parse(data.windows.at(-1)?.end ?? data.range.to);
  return (Date.parse(iso) - first) / (last - first || 1);
}

/** Volume below the map, so that a thin day is seen as thin; then the days. */
function RowsPerWindow({
  data,
  step,
  width,
  zone,
}: {
  data: DriftMap;
  step: number;
  width: number;
  zone: string;
}) {
  const { windows } = data;
  const most = Math.max(...windows.map((w) => w.n_rows), 1);
  const ticks = timeTicks(
    windows.map((w) => w.start),
    zone,
    Math.max(2, Math.floor(width / 66)),
  );
  const newest = windows.at(-1);
  return (
    <div role="row" className="heat-row heat-foot">
      <span role="rowheader" className="heat-name">
        Rows per {data.window}
      </span>
      <div className="heat-plot" role="presentation">
        <svg width={width} height={52} aria-hidden="true">
          {windows.map((w, i) => (
            <rect
              key={w.start}
              className="volume"
              x={i * step + 0.5}
              width={Math.max(1, step - 1.5)}
              y={30 - (26 * w.n_rows) / most}
              height={(26 * w.n_rows) / most}
            />
          ))}
          {ticks.map((t) => (
            <text
              key={t.idx}
              className="axis"
              x={(t.idx + 0.5) * step}
              y={46}
              textAnchor={t.idx === 0 ? 'start' : 'middle'}
            >
              {t.label}
            </text>
          ))}
          {newest && !ticks.some((t) => width - (t.idx + 0.5) * step < 92) && (
            <text className="axis is-newest" x={width - step / 2} y={46} textAnchor="end">
              {day(newest.start, zone).replace(/ \d{4}$/, '')}
            </text>
          )}
        </svg>
      </div>
    </div>
  );
}

interface HoverProps {
  columns: DriftColumn[];
  data: DriftMap;
  zone: string;
  scroller: React.RefObject<HTMLDivElement | null>;
  pick: (event: { target: EventTarget; clientX: number }) => { row: number; col: number } | null;
}

/** What is under the pointer, in words; the same words that a screen reader hears. */
function HoverText({ columns, data, zone, scroller, pick }: HoverProps) {
  const [tip, setTip] = useState<{ x: number; y: number; text: string } | null>(null);
  const latest = useRef(pick);
  useEffect(() => {
    latest.current = pick;
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const move = (event: globalThis.PointerEvent) => {
      const hit =
        event.target instanceof Element
          ? latest.current({ target: event.target, clientX: event.clientX })
          : null;
      const column = hit ? columns[hit.row] : undefined;
      const window = hit && hit.col >= 0 ? data.windows[hit.col] : undefined;
      if (!column || !window || event.pointerType === 'touch') return setTip(null);
      return setTip({
        x: event.clientX,
        y: event.clientY,
        text: cellText(column, window, column.cells[hit?.col ?? -1], data.by, zone),
      });
    };
    const leave = () => setTip(null);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerleave', leave);
    return () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
    };
  }, [columns, data, zone, scroller]);
  if (!tip) return null;
  const [name, ...rest] = tip.text.split(', ');
  const flip = tip.x > window.innerWidth - 280;
  return (
    <div
      className="tip"
      style={{
        left: flip ? undefined : tip.x + 14,
        right: flip ? window.innerWidth - tip.x + 14 : undefined,
        top: tip.y + 16,
      }}
      aria-hidden="true"
    >
      <b>{name}</b>
      {rest.map((r) => (
        <span key={r}>{r}</span>
      ))}
    </div>
  );
}
