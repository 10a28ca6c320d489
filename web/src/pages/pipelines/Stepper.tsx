import type { Stage, StageName, StageState } from '../../api/loop_shapes';
import { day, moment } from '../../lib/time';
import { Ticked } from '../../ui/Ticked';

export const stageNames: Record<StageName, string> = {
  trigger: 'Trigger',
  data: 'Data',
  train: 'Train',
  validate: 'Validate',
  shadow: 'Shadow',
  canary: 'Canary',
  ab: 'A/B test',
  full: 'Full',
};
const stateWords: Record<StageState, string> = {
  done: 'done',
  running: 'running',
  waiting: 'waits for a person',
  failed: 'stopped here',
  skipped: 'skipped',
  ahead: 'still to come',
};

/** From trigger to full. A shape as well as a colour says how far it came. */
export function Stepper({ stages, zone, label }: { stages: Stage[]; zone: string; label: string }) {
  const onEvents = stages.some((s) => s.event_at !== null);
  return (
    <ol className="stepper" aria-label={label}>
      {stages.map((s) => (
        <li
          key={s.name}
          className={`is-${s.state}`}
          aria-current={s.state === 'running' || s.state === 'waiting' ? 'step' : undefined}
        >
          <span className="step-line">
            <StepMark state={s.state} />
          </span>
          <b>
            {stageNames[s.name]}
            <span className="sr-only">, {stateWords[s.state]}</span>
          </b>
          {s.text && (
            <small>
              <Ticked text={s.text} />
            </small>
          )}
          {s.state !== 'ahead' && <When s={s} zone={zone} onEvents={onEvents} />}
        </li>
      ))}
    </ol>
  );
}

/** On a replayed model's clock a date of the wall clock would stand in the wrong year. */
function When({ s, zone, onEvents }: { s: Stage; zone: string; onEvents: boolean }) {
  const at = onEvents ? s.event_at : s.at;
  if (!at) return null;
  return (
    <time dateTime={at} title={whenTitle(s, zone)}>
      {day(at, zone)}
    </time>
  );
}

function whenTitle(s: Stage, zone: string): string {
  const parts = [
    s.event_at && `model time ${moment(s.event_at, zone)}`,
    s.at && `wall clock ${moment(s.at, zone)}`,
  ];
  return `${parts.filter(Boolean).join(', ')}; shown in ${zone}`;
}

function StepMark({ state }: { state: StageState }) {
  return (
    <svg className={`step-mark is-${state}`} width={16} height={16} viewBox="0 0 16 16" aria-hidden="true">
      {state === 'done' && (
        <>
          <circle className="step-shape" cx={8} cy={8} r={7} />
          <path className="step-inner" d="M4.8 8.3l2.2 2.2l4.2-4.6" />
        </>
      )}
      {state === 'running' && (
        <>
          <circle className="step-shape" cx={8} cy={8} r={6.2} />
          <circle className="step-dot" cx={8} cy={8} r={3} />
        </>
      )}
      {state === 'waiting' && (
        <>
          <path className="step-shape" d="M8 .9L15.2 14.2H.8z" />
          <path className="step-inner" d="M8 5.6v4M8 11.6v.5" />
        </>
      )}
      {state === 'failed' && (
        <>
          <path className="step-shape" d="M8 .6L15.4 8L8 15.4L.6 8z" />
          <path className="step-inner" d="M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2" />
        </>
      )}
      {(state === 'ahead' || state === 'skipped') && <circle className="step-shape" cx={8} cy={8} r={4.6} />}
    </svg>
  );
}
