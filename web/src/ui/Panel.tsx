import { type ReactNode, useId, useState } from 'react';
import { saveCsv, type Table } from '../lib/csv';
import { DataTable } from './DataTable';
import { Icon } from './Icon';

interface PanelProps {
  title: string;
  note?: ReactNode;
  /** The numbers behind the chart: gives the panel its table and CSV buttons. */
  table?: () => Table;
  file?: string;
  plain?: boolean;
  children: ReactNode;
}

export function Panel({ title, note, table, file, plain = false, children }: PanelProps) {
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  return (
    <section className={plain ? 'panel is-plain' : 'panel'} aria-labelledby={heading}>
      <header className="panel-head">
        <h2 id={heading}>{title}</h2>
        {note && <div className="panel-note">{note}</div>}
        {table && (
          <div className="panel-tools">
            <button
              type="button"
              className="icon-button"
              aria-pressed={asTable}
              aria-label={`Show ${title} as ${asTable ? 'chart' : 'table'}`}
              title={asTable ? 'Show as chart' : 'Show as table'}
              onClick={() => setAsTable(!asTable)}
            >
              <Icon name={asTable ? 'chart' : 'table'} />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={`Save ${title} as CSV`}
              title="Save as CSV"
              onClick={() => saveCsv(file ?? title, table())}
            >
              <Icon name="download" />
            </button>
          </div>
        )}
      </header>
      {asTable && table ? <DataTable table={table()} label={`${title}, table`} /> : children}
    </section>
  );
}

export interface FactProps {
  name: string;
  value: ReactNode;
  unit?: ReactNode;
  tone?: 'critical' | 'warning' | undefined;
  title?: string | undefined;
}
export function Facts({ items }: { items: FactProps[] }) {
  return (
    <dl className="facts">
      {items.map((f) => (
        <div key={f.name} title={f.title}>
          <dt>{f.name}</dt>
          <dd>
            <b className={f.tone ? `is-${f.tone}` : undefined}>{f.value}</b>
            {f.unit !== undefined && <span> {f.unit}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
