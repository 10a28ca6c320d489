import { askFile } from '../../api/client';
import type { Check, Validation } from '../../api/loop_shapes';
import { Interval } from '../../charts/Interval';
import { saveBlob, type Table } from '../../lib/csv';
import { capital, exact, plural, sentence } from '../../lib/format';
import { changeIn, inUnit } from '../../lib/measure';
import { spanName } from '../../lib/time';
import { Mark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { say } from '../../ui/toasts';
import { Ticked } from '../../ui/Ticked';
import { Empty } from '../../ui/states';
import { checkKind, checkTone, checkWords, isDifference } from './words';
import { ScrollX } from '../../ui/ScrollX';

export function checksTable(checks: Check[]): Table {
  return {
    head: [
      'check',
      'required',
      'champion',
      'candidate',
      'value',
      'low',
      'high',
      'limit',
      'state',
      'outcome',
      'reason',
    ],
    rows: checks.map((c) => [
      c.name,
      c.required ? 'yes' : 'no',
      c.champion,
      c.candidate,
      c.value,
      c.low,
      c.high,
      c.limit,
      c.state,
      c.outcome,
      c.reason,
    ]),
  };
}

/** "9 of 10 required checks passed" and what else there is to say. */
export function checksNote(gate: Validation): string {
  const required = gate.checks.filter((c) => c.required);
  const passed = required.filter((c) => c.outcome === 'pass').length;
  return `${exact(passed)} of ${plural(required.length, 'required check')} passed`;
}

async function saveReport(gate: Validation): Promise<void> {
  try {
    const path = `/api/v1/models/${encodeURIComponent(gate.model)}/validations/${gate.id}/report`;
    saveBlob(`${gate.model}-${gate.candidate}-validation.html`, await askFile(path));
  } catch (error) {
    say(`The report could not be saved: ${sentence((error as Error).message)}`, true);
  }
}

/** Champion against candidate, check by check: numbers, interval, limit, verdict. */
export function ChecksTable({ gate, zone }: { gate: Validation; zone: string }) {
  return (
    <Panel
      title="Checks"
      file={`${gate.model}-${gate.candidate}-checks`}
      table={() => checksTable(gate.checks)}
      note={
        <>
          <span>{checksNote(gate)}</span>
          {gate.n_rows != null && <span>{exact(gate.n_rows)} rows, same for both</span>}
          {gate.period && <span>{spanName(gate.period.start, gate.period.end, zone)}</span>}
          {gate.verdict && (
            <button type="button" className="text-button" onClick={() => void saveReport(gate)}>
              Save report
            </button>
          )}
        </>
      }
    >
      {gate.checks.length === 0 ? (
        <Empty title={gate.state === 'running' ? 'Rows are being scored.' : 'No check was made.'}>
          <Ticked text={gate.sentence} />
        </Empty>
      ) : (
        <ScrollX label="Checks, champion against candidate">
          <table className="plain-table checks">
            <thead>
              <tr>
                <th scope="col">Check</th>
                <th scope="col" className="num">
                  Champion {gate.champion ?? 'none'}
                </th>
                <th scope="col" className="num">
                  Candidate {gate.candidate}
                </th>
                <th scope="col">Against its limit, 95% interval</th>
                <th scope="col" className="num">
                  Limit
                </th>
                <th scope="col">Verdict</th>
              </tr>
            </thead>
            <tbody>
              {gate.checks.map((c) => (
                <CheckRow key={c.name} c={c} />
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </Panel>
  );
}

function CheckRow({ c }: { c: Check }) {
  const differs = isDifference(c);
  const write = (v: number | null) => (differs ? changeIn(c.unit, v) : inUnit(c.name, c.unit, v));
  return (
    <tr>
      <th scope="row">
        {capital(c.title)}
        {!c.required && <span className="tag">advisory</span>}
        <CheckVerdict c={c} isShort />
        <small>
          <Ticked text={c.reason} />
        </small>
      </th>
      <td className="num">{inUnit(c.name, c.unit, c.champion)}</td>
      <td className="num">{inUnit(c.name, c.unit, c.candidate)}</td>
      <td className="check-interval">
        <Interval
          value={c.value}
          low={c.low}
          high={c.high}
          limit={c.limit}
          wanted={c.wanted}
          hasZero={differs}
          tone={checkTone(c)}
        />
        {c.value !== null && (
          <small>
            <b>{write(c.value)}</b>
            {c.low !== null && c.high !== null && ` (${write(c.low)} to ${write(c.high)})`}
          </small>
        )}
      </td>
      <td className="num">
        {c.limit === null ? '–' : `${c.wanted === 'at_most' ? '≤' : '≥'} ${write(c.limit)}`}
      </td>
      <td>
        <CheckVerdict c={c} />
      </td>
    </tr>
  );
}

/** On a phone the verdict stands below the name, else in its column. */
function CheckVerdict({ c, isShort = false }: { c: Check; isShort?: boolean }) {
  return (
    <span className={`verdict is-${checkKind(c)}${isShort ? ' check-short' : ''}`}>
      <Mark kind={checkKind(c)} size={13} /> {checkWords[c.state]}
    </span>
  );
}
