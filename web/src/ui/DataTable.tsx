import type { Table } from '../lib/csv';
import { exact, significant } from '../lib/format';

function show(value: string | number | null) {
  if (value === null || value === '') return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? exact(value) : significant(value, 4);
  return value;
}

/** A chart's numbers as a table; the CSV holds the same cells. */
export function DataTable({ table, label }: { table: Table; label: string }) {
  return (
    // Scrolls by keyboard too, so it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="data-table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {table.head.map((h) => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={`${row[0]}${i}`}>
              {row.map((value, k) => (
                <td key={table.head[k]} className={typeof value === 'number' ? 'num' : undefined}>
                  {show(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
