import { Link } from '@tanstack/react-router';
import type { RegistryEvent } from '../../api/loop_shapes';
import { exact, words } from '../../lib/format';
import { moment } from '../../lib/time';
import { Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { Empty } from '../../ui/states';

/** "champion moved from v2 to v3" */
export function eventWords(e: RegistryEvent): string {
  if (e.alias) {
    if (e.before && e.after) return `${e.alias} moved from ${e.before} to ${e.after}`;
    if (e.after) return `${e.alias} set to ${e.after}`;
    return `${e.alias} taken from ${e.before ?? e.version ?? 'a version'}`;
  }
  const change = e.before && e.after ? `: ${e.before} → ${e.after}` : '';
  return `${e.version ? `${e.version} ` : ''}${words(e.kind).toLowerCase()}${change}`;
}

const most = 14;

export function HistoryPanel({
  events,
  zone,
  model,
}: {
  events: RegistryEvent[];
  zone: string;
  model: string;
}) {
  return (
    <Panel
      title="History"
      note={
        <Link to="/audit" search={{ model }}>
          Audit log
        </Link>
      }
      file={`${model}-history`}
      table={() => ({
        head: ['at', 'kind', 'version', 'alias', 'before', 'after', 'actor', 'reason'],
        rows: events.map((e) => [e.at, e.kind, e.version, e.alias, e.before, e.after, e.actor, e.reason]),
      })}
    >
      {events.length === 0 ? (
        <Empty title="Nothing has changed yet." />
      ) : (
        <ol className="lines">
          {events.slice(0, most).map((e, i) => (
            <li key={`${e.at}${i}`}>
              <time dateTime={e.at}>{moment(e.at, zone)}</time>
              <span>
                {eventWords(e)} <span className="quiet">by {e.actor}</span>
                {e.reason && (
                  <small>
                    <Ticked text={e.reason} />
                  </small>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      {events.length > most && (
        <p className="panel-foot">{exact(events.length - most)} earlier lines are in the table.</p>
      )}
    </Panel>
  );
}
