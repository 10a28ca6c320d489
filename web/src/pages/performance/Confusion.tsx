import type { Performance } from '../../api/shapes';
import { count, exact, percent } from '../../lib/format';
import { Panel } from '../../ui/Panel';

/** Four counts; the shade tells the share of its row, so rare classes stay visible. */
export function Confusion({ c }: { c: NonNullable<Performance['confusion']> }) {
  const total = c.tp + c.fp + c.fn + c.tn;
  const cell = (n: number, rowTotal: number, good: boolean) => (
    <td className={good ? 'is-good' : 'is-bad'} title={exact(n)}>
      <b>{count(n)}</b>
      <small>{rowTotal > 0 ? percent(n / rowTotal, 0) : '–'} of row</small>
    </td>
  );
  return (
    <Panel
      title="Decisions against labels"
      file="confusion"
      table={() => ({
        head: ['label', 'predicted_positive', 'predicted_negative'],
        rows: [
          ['positive', c.tp, c.fn],
          ['negative', c.fp, c.tn],
        ],
      })}
    >
      <table className="confusion">
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Predicted positive</th>
            <th scope="col">Predicted negative</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Positive</th>
            {cell(c.tp, c.tp + c.fn, true)}
            {cell(c.fn, c.tp + c.fn, false)}
          </tr>
          <tr>
            <th scope="row">Negative</th>
            {cell(c.fp, c.fp + c.tn, false)}
            {cell(c.tn, c.fp + c.tn, true)}
          </tr>
        </tbody>
      </table>
      <p className="panel-foot">{exact(total)} labelled rows in this range</p>
    </Panel>
  );
}
