import { Link } from '@tanstack/react-router';
import type { Change, ChangeKind } from '../../api/shapes';
import { clockAt, shortDay, time } from '../../lib/time';
import { Icon, type IconName } from '../../ui/Icon';
import { Ticked } from '../../ui/Ticked';
import { Empty } from '../../ui/states';

const looks: Record<ChangeKind, { icon: IconName; tone: string }> = {
  incident_opened: { icon: 'incidents', tone: 'warning' },
  incident_resolved: { icon: 'check', tone: 'ok' },
  incident_acknowledged: { icon: 'check', tone: 'none' },
  model_applied: { icon: 'model', tone: 'accent' },
  document_changed: { icon: 'reference', tone: 'none' },
  reference_set: { icon: 'reference', tone: 'none' },
};

/** Today's changes carry a time, older ones their day. */
function when(at: string, zone: string): string {
  const a = clockAt(at, zone);
  const now = clockAt(Date.now(), zone);
  if (a.year === now.year && a.month === now.month && a.day === now.day) return time(at, zone);
  return a.year === now.year ? shortDay(at, zone) : `${shortDay(at, zone)} ${String(a.year).slice(2)}`;
}

export function Changes({ items, zone }: { items: Change[]; zone: string }) {
  if (items.length === 0) return <Empty title="Nothing changed yet." />;
  return (
    <ol className="changes">
      {items.slice(0, 8).map((c) => {
        const look = looks[c.kind] ?? looks.document_changed;
        return (
          <li key={`${c.at}$<Ticked text={c.text} />`}>
            <time dateTime={c.at} title={`${c.at}, shown in ${zone}`}>
              {when(c.at, zone)}
            </time>
            <i className={`change-icon is-${look.tone}`}>
              <Icon name={look.icon} size={13} />
            </i>
            <span>
              {c.incident_id ? (
                <Link to="/incidents/$incident" params={{ incident: c.incident_id }}>
                  <Ticked text={c.text} />
                </Link>
              ) : c.model ? (
                <Link to="/models/$model" params={{ model: c.model }}>
                  <Ticked text={c.text} />
                </Link>
              ) : (
                <Ticked text={c.text} />
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
