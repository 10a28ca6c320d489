import type { Reading, Rollout, RolloutStep } from '../../api/loop_shapes';
import { duration, exact, fixed, metricName, words } from '../../lib/format';
import { moment } from '../../lib/time';
import { Mark, type Kind } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { stageNames } from './Stepper';

export function readingKind(r: Reading): Kind {
  if (r.state === 'breached') return 'critical';
  return r.state === 'holds' ? 'ok' : 'none';
}

/** Who gets the candidate now, what guards it, and what the next step waits for. */
export function TrafficPanel({ traffic: t, zone }: { traffic: Rollout; zone: string }) {
  const active = t.phase === 'running' || t.phase === 'paused' || t.phase === 'promoting';
  return (
    <Panel title="Rollout" note={<code>{t.id}</code>}>
      <ol className="traffic-steps">
        {t.steps.map((s, i) => (
          <li key={`${s.stage}${i}`} className={`is-${s.state}`}>
            <b>
              {stageNames[s.stage]} {s.stage === 'shadow' ? '' : `${fixed(s.share_percent, 0)}%`}
            </b>
            <span className="share" aria-hidden="true">
              <i style={{ width: `${s.stage === 'shadow' ? 0 : s.share_percent}%` }} />
            </span>
            <small>
              {stepWords(s, t, active)}
              {s.text && `; ${s.text}`}
            </small>
          </li>
        ))}
      </ol>
      <p className="panel-foot">
        In this step {exact(t.findings.n_challenger)} predictions by {t.challenger},{' '}
        {exact(t.findings.n_champion)} by {t.champion}, {duration(t.findings.hours * 3_600_000)} of model
        time.
      </p>
      <Readings title="Guardrails" items={t.findings.guardrails} />
      <Readings title="Before the next step" items={t.findings.conditions} />
      {t.findings.waits_for.length > 0 && (
        <ul className="waits">
          {t.findings.waits_for.map((w) => (
            <li key={w}>
              <Mark kind="collecting" size={13} /> <Ticked text={w} />
            </li>
          ))}
        </ul>
      )}
      {t.ending && (
        <p className="panel-foot">
          {words(t.phase)} by <b>{t.ending.by}</b>,{' '}
          <time dateTime={t.ending.at}>{moment(t.ending.at, zone)}</time>: <Ticked text={t.ending.reason} />
        </p>
      )}
      {t.history.length > 0 && (
        <details className="more">
          <summary>{exact(t.history.length)} lines of history</summary>
          <ol className="lines">
            {t.history.map((h, i) => (
              <li key={`${h.at}${i}`}>
                <time dateTime={h.event_at ?? h.at} title={`wall clock ${moment(h.at, zone)}`}>
                  {moment(h.event_at ?? h.at, zone)}
                </time>
                <span>
                  <Ticked text={h.text} /> <span className="quiet">{h.actor}</span>
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </Panel>
  );
}

/** How far a step came; the one at which a rollout ended is neither done nor ahead. */
export function stepWords(s: RolloutStep, t: Pick<Rollout, 'phase'>, active: boolean): string {
  if (s.state === 'running') return active ? `${words(t.phase)} now` : `${words(t.phase).toLowerCase()} here`;
  return s.state;
}

function Readings({ title, items }: { title: string; items: Reading[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3 className="sub-title">{title}</h3>
      <ul className="readings">
        {items.map((r) => (
          <li key={r.name}>
            <Mark kind={readingKind(r)} size={13} word={words(r.state)} />
            <b>{metricName(r.name)}</b>
            <span>
              <Ticked text={r.text} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
