import { memo } from 'react';
import type { DriftBy, DriftColumn, DriftWindow } from '../api/shapes';
import { cellText } from './heatCell';
import { cellLook } from './ramp';

export const heatRowHeight = 26;

interface HeatCellsProps {
  column: DriftColumn;
  windows: DriftWindow[];
  row: number;
  by: DriftBy;
  zone: string;
  step: number;
  /** The chosen cell's column in this row, or -1. */
  chosen: number;
  /** Above the limit a canvas draws the cells; only the chosen one is an element then. */
  onCanvas: boolean;
}

/** The cells of one column. Memoised: moving the choice redraws two rows, not the map. */
export const HeatCells = memo(function HeatCells({ column, windows, row, by, zone, step, chosen, onCanvas }: HeatCellsProps) {
  const gap = step > 6 ? 1.5 : step > 4 ? 0.5 : 0;
  const width = windows.length * step;
  return (
    <svg className="heat-cells" width={width} height={heatRowHeight} role="presentation">
      {column.cells.map((cell, col) => {
        if (onCanvas && col !== chosen) return null;
        const window = windows[col];
        if (!window) return null;
        const look = cellLook(cell.v, cell.decision, by === 'decision');
        const name = look.kind === 'step' ? `heat-${look.step}` : `heat-${look.kind}`;
        return (
          <rect
            key={window.start}
            id={`cell-${row}-${col}`}
            role="gridcell"
            aria-label={cellText(column, window, cell, by, zone)}
            aria-selected={col === chosen}
            className={name}
            data-col={col}
            x={col * step}
            y={2}
            width={Math.max(1, step - gap)}
            height={heatRowHeight - 4}
            rx={step > 6 ? 1.5 : 0}
          />
        );
      })}
      {chosen >= 0 && <rect className="cell-chosen" x={chosen * step - 1} y={1} width={Math.max(6, step - gap + 2)} height={heatRowHeight - 2} rx={3} aria-hidden="true" />}
    </svg>
  );
});
