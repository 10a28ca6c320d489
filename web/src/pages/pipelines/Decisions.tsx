import { useQuery } from '@tanstack/react-query';
import { decisionsQuery } from '../../api/loop';
import type { RetrainingDecision, TriggerState } from '../../api/loop_shapes';
import { sentence, words } from '../../lib/format';
import { moment } from '../../lib/time';
import { Mark, type Kind } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';

const triggerKinds: Record<TriggerState, Kind> = { fired: 'warning', held: 'none', quiet: 'ok' };
const triggerWords: Record<TriggerState, string> = { fired: 'Fired', held: 'Held', quiet: 'Quiet' };
const outcomeWords = { fired: 'Fired', suggested: 'Suggested', held: 'Held', quiet: 'Quiet' };
const shown = 6;

/** What the policy decided each time it looked, and why it fired or held. */
export function Decisions({ model, zone }: { model: string; zone: string }) {
  const query = useQuery(decisionsQuery(model));
  return (
    <Panel title="Why it fired or held">
      <Answered query={query} what="The policy’s decisions" height={160}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No policy has decided anything yet.">
              A <code>retraining_policy</code> looks after every judgement; what says something new stands
              here.
            </Empty>
          ) : (
            <ol className="decisions">
              {items.slice(0, shown).map((d) => (
                <Decision key={`${d.at}${d.policy}`} d={d} zone={zone} />
              ))}
            </ol>
          )
        }
      </Answered>
    </Panel>
  );
}

function Decision({ d, zone }: { d: RetrainingDecision; zone: string }) {
  // What the sentence says already is not said twice.
  const isNew = (reason: string) => !d.text.includes(reason);
  const told = d.triggers.filter((t) => t.state !== 'quiet' && isNew(t.reason));
  const guards = d.guards.filter((g) => g.holds_back && isNew(g.reason));
  const hasAsked = d.outcome === 'fired' || d.outcome === 'suggested';
  return (
    <li>
      <p>
        <Mark kind={hasAsked ? 'warning' : 'none'} size={13} /> <b>{outcomeWords[d.outcome]}</b>{' '}
        <span className="quiet">
          {d.policy},{' '}
          <time dateTime={d.event_at} title={`wall clock ${moment(d.at ?? d.event_at, zone)}`}>
            {moment(d.event_at, zone)}
          </time>
        </span>
      </p>
      <p className="decision-text">
        <Ticked text={sentence(d.text)} />
      </p>
      {told.length + guards.length > 0 && (
        <ul>
          {told.map((t) => (
            <li key={t.name}>
              <span className={`verdict is-${triggerKinds[t.state]}`}>
                <Mark kind={triggerKinds[t.state]} size={11} /> {triggerWords[t.state]}
              </span>
              <span>
                <b>{words(t.name.replaceAll('-', ' '))}</b> <Ticked text={t.reason} />
              </span>
            </li>
          ))}
          {guards.map((g) => (
            <li key={g.guard}>
              <span className="verdict is-none">
                <Mark kind="none" size={11} /> Guard
              </span>
              <span>
                <b>{words(g.guard)}</b> <Ticked text={g.reason} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
