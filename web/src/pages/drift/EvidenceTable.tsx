import { Fragment } from 'react';
import type { DriftDetail } from '../../api/shapes';
import { dash, effect, fixed, metricName, pValue } from '../../lib/format';

/** Every method that looked at this column, then the p-values that the rule used. */
export function EvidenceTable({ data }: { data: DriftDetail }) {
  const hasLimits = data.results.some((r) => r.threshold !== null);
  const columns = hasLimits ? 5 : 4;
  return (
    <>
      <table className="evidence-table">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" className="num">
              Value
            </th>
            <th scope="col" className="num">
              Noise
            </th>
            {hasLimits && (
              <th scope="col" className="num">
                Limit
              </th>
            )}
            <th scope="col" className="num">
              p
            </th>
          </tr>
        </thead>
        <tbody>
          {data.results.map((r) => (
            <Fragment key={`${r.method}${r.variant}`}>
              <tr>
                <th scope="row">{metricName(r.method)}</th>
                {r.statistic === null ? (
                  <td colSpan={columns - 1} className="quiet">
                    {r.reason ?? dash}
                  </td>
                ) : (
                  <>
                    <td
                      className={r.threshold !== null && r.statistic >= r.threshold ? 'num is-strong' : 'num'}
                    >
                      {effect(r.statistic)}
                    </td>
                    <td className="num quiet">{effect(r.noise_floor)}</td>
                    {hasLimits && <td className="num quiet">{effect(r.threshold)}</td>}
                    <td className="num">{pValue(r.p_value)}</td>
                  </>
                )}
              </tr>
              <tr className="variant">
                <td colSpan={columns}>{r.variant}</td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
      <dl className="p-values">
        <div>
          <dt>p, rows as independent</dt>
          <dd>{pValue(data.p_value_row)}</dd>
        </div>
        <div>
          <dt>p, against the reference’s windows</dt>
          <dd>{pValue(data.p_value_window)}</dd>
        </div>
        <div>
          <dt>Inflation by dependence</dt>
          <dd>{data.inflation === null ? dash : `${fixed(data.inflation, 1)}×`}</dd>
        </div>
        <div>
          <dt>Independent windows</dt>
          <dd>{data.n_windows_effective === null ? dash : fixed(data.n_windows_effective, 0)}</dd>
        </div>
      </dl>
    </>
  );
}
