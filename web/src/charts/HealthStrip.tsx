import type { CellState } from '../api/shapes';

const heights: Record<CellState, number> = { ok: 8, warning: 13, critical: 18, no_data: 4 };

interface StripProps {
  cells: { state: CellState; window_start: string }[];
  label: string;
  width?: number;
}

/** Health of the last windows: colour and height both tell, so it survives greyscale. */
export function HealthStrip({ cells, label, width = 140 }: StripProps) {
  const step = width / Math.max(30, cells.length);
  const offset = width - cells.length * step;
  return (
    <svg className="strip" width={width} height={20} role="img" aria-label={label}>
      {cells.map((cell, i) => {
        const height = heights[cell.state];
        return (
          <rect
            key={cell.window_start}
            className={`strip-${cell.state}`}
            x={offset + i * step + 0.5}
            y={(20 - height) / 2}
            width={Math.max(1, step - 1)}
            height={height}
            rx={0.8}
          />
        );
      })}
    </svg>
  );
}
