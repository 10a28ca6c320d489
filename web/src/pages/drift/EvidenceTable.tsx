import type { DriftDetail } from '../../api/types';
import { dash, effect, fixed, metricName, pValue } from '../../lib/format';

/** Every method that looked at this column, then the p-values that the rule used. */
export function EvidenceTable({ data }: { data: DriftDetail }) {
  return (
    <>
      <table className="evidence-table">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" className="num">Value</th>
            <th scope="col" className="num">Noise</th>
            <th scope="col" className="num">Limit</th>
            <th scope="col" className="num">p</th>
          </tr>
        </thead>
        <tbody>
          {data.results.map((r) => (
            <tr key={`${r.method}${r.variant ?? ''}`}>
              <th scope="row">{metricName(r.method)}{r.variant && <small>{r.variant.replaceAll('_', ' ')}</small>}</th>
              {r.statistic === null ? (
                <td colSpan={4} className="quiet">{r.reason ?? dash}</td>
              ) : (
                <>
                  <td className={r.threshold !== null && r.statistic >= r.threshold ? 'num is-strong' : 'num'}>{effect(r.statistic)}</td>
                  <td className="num quiet">{effect(r.noise_floor)}</td>
                  <td className="num quiet">{effect(r.threshold)}</td>
                  <td className="num">{pValue(r.p_value)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="p-values">
        <div><dt>p, rows as independent</dt><dd>{pValue(data.p_value_row)}</dd></div>
        <div><dt>p, against the reference’s windows</dt><dd>{pValue(data.p_value_window)}</dd></div>
        <div><dt>Inflation by dependence</dt><dd>{data.inflation === null ? dash : `${fixed(data.inflation, 1)}×`}</dd></div>
        <div><dt>Independent windows</dt><dd>{data.n_windows_effective === null ? dash : fixed(data.n_windows_effective, 0)}</dd></div>
      </dl>
    </>
  );
}
