import { memo } from 'react';
import type { DriftBy, DriftColumn, DriftWindow } from '../api/shapes';
import { effect, effectOf, middle } from '../lib/format';
import { day } from '../lib/time';
import { Icon, type IconName } from '../ui/Icon';
import { cellText, valueName } from './heatCell';
import { cellLook } from './ramp';

export const heatRowHeight = 26;

const icons: Record<string, IconName> = {
  numeric: 'numeric',
  categorical: 'categorical',
  boolean: 'boolean',
  text: 'text',
};
const iconOf = (c: DriftColumn): IconName =>
  c.role === 'feature' ? (icons[c.semantic] ?? 'numeric') : 'output';

interface HeatCellsProps {
  column: DriftColumn;
  windows: DriftWindow[];
  row: number;
  by: DriftBy;
  zone: string;
  step: number;
  /** Above the limit a canvas draws the cells; only the chosen one is an element then. */
  onCanvas: boolean;
  /** The chosen window's place when this row is the chosen one, else null. */
  chosen: number | null;
}

interface HeatRowProps extends HeatCellsProps {
  nameLength: number;
  hasSince: boolean;
  importanceTop: number;
}

/** One column of the data. Memoised: moving the choice redraws two rows, not the map. */
export const HeatRow = memo(function HeatRow(props: HeatRowProps) {
  const { column: c, row, by, zone, chosen, nameLength, hasSince, importanceTop } = props;
  const classes = ['heat-row', chosen !== null && 'is-chosen', c.decision_last === 'drift' && 'is-drift'];
  const newest = c.cells.findLast((cell) => cell.decision !== null)?.raw ?? null;
  return (
    <div
      role="row"
      data-row={row}
      aria-rowindex={row + 2}
      className={classes.filter(Boolean).join(' ')}
      style={{ height: heatRowHeight }}
    >
      <div role="rowheader" className="heat-name" title={c.name}>
        <Icon name={iconOf(c)} size={14} />
        <span>{middle(c.name, nameLength)}</span>
        {c.importance !== null && (
          <i className="importance" title={`Importance ${(c.importance * 100).toFixed(1)}%`}>
            <b style={{ width: `${Math.max(3, (c.importance / importanceTop) * 100)}%` }} />
          </i>
        )}
      </div>
      <div className="heat-plot" role="presentation">
        <HeatCells {...props} />
      </div>
      <span role="gridcell" className="heat-value" title={valueName(by, c)}>
        {by === 'decision' ? effectOf(c.effect_name, c.effect_last) : effect(newest)}
      </span>
      {hasSince && (
        <span role="gridcell" className="heat-since">
          {c.drifting_since ? day(c.drifting_since, zone).replace(/ \d{4}$/, '') : '–'}
        </span>
      )}
    </div>
  );
});

function HeatCells({ column, windows, row, by, zone, step, chosen, onCanvas }: HeatCellsProps) {
  const gap = step > 6 ? 1.5 : step > 4 ? 0.5 : 0;
  return (
    <svg className="heat-cells" width={windows.length * step} height={heatRowHeight} role="presentation">
      {column.cells.map((cell, col) => {
        if (onCanvas && col !== chosen) return null;
        const window = windows[col];
        if (!window) return null;
        const look = cellLook(cell.v, cell.decision, by === 'decision');
        return (
          <rect
            key={window.start}
            id={`cell-${row}-${col}`}
            role="gridcell"
            aria-label={cellText(column, window, cell, by, zone)}
            aria-selected={col === chosen}
            className={look.kind === 'step' ? `heat-${look.step}` : `heat-${look.kind}`}
            data-col={col}
            x={col * step}
            y={2}
            width={Math.max(1, step - gap)}
            height={heatRowHeight - 4}
            rx={step > 6 ? 1.5 : 0}
          />
        );
      })}
      {chosen !== null && chosen >= 0 && (
        <rect
          className="cell-chosen"
          x={chosen * step - 1}
          y={1}
          width={Math.max(6, step - gap + 2)}
          height={heatRowHeight - 2}
          rx={3}
          aria-hidden="true"
        />
      )}
    </svg>
  );
}
