import { Link } from '@tanstack/react-router';
import type { FleetModel, IncidentSummary } from '../../api/shapes';
import { capital, plural } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { SeverityMark } from '../../ui/Mark';
import { Sentence } from '../../ui/Sentence';
import { useAcknowledge, useMayRespond } from '../incidents/actions';
import { Age } from '../incidents/age';

interface AttentionProps {
  items: IncidentSummary[];
  models: FleetModel[];
  zone: string;
}

const shownAtMost = 5;

/** The few things that need a person, worst first, each with its five facts. */
export function Attention({ items, models, zone }: AttentionProps) {
  const shown = items.slice(0, shownAtMost);
  const acknowledge = useAcknowledge();
  const may = useMayRespond();
  const first = shown.find((i) => i.state === 'open');
  useKeys({ a: () => first && may && acknowledge(first) });
  return (
    <div className="panel attention">
      {shown.map((i) => (
        <article key={i.id} className="attention-row">
          <SeverityMark severity={i.severity} />
          <div className="attention-what">
            <h3>
              <Link to="/incidents/$incident" params={{ incident: i.id }}>
                {i.title}
              </Link>
            </h3>
            <p className="attention-meta">
              <Link to="/models/$model" params={{ model: i.model }}>
                {i.model}
              </Link>
              <Age of={i} model={models.find((m) => m.model === i.model)} zone={zone} />
            </p>
            <p className="attention-meta">
              <span>{capital(i.for_whom)}</span>
            </p>
            <p className="attention-why">
              <Sentence told={i.sentence} />
            </p>
          </div>
          <div className="attention-state">
            <b>
              {i.severity === 'critical'
                ? 'Performance is affected'
                : `${i.severity.charAt(0).toUpperCase()}${i.severity.slice(1)} severity`}
            </b>
            <span>
              {i.state === 'acknowledged'
                ? `Acknowledged by ${i.acknowledged_by ?? 'someone'}`
                : 'Not acknowledged'}
            </span>
            <span>
              {plural(i.n_alerts, 'alert')}
              {i.columns.length > 0 && `, ${plural(i.columns.length, 'column')}`}
            </span>
          </div>
          <div className="attention-act">
            {i.state === 'open' && may ? (
              <button
                type="button"
                className={i === first ? 'button is-primary' : 'button'}
                onClick={() => acknowledge(i)}
              >
                Acknowledge {i === first && <kbd>A</kbd>}
              </button>
            ) : (
              <Link className="button" to="/incidents/$incident" params={{ incident: i.id }}>
                Open #{i.number}
              </Link>
            )}
          </div>
        </article>
      ))}
      {items.length > shownAtMost && (
        <Link className="attention-more" to="/incidents">
          {plural(items.length - shownAtMost, 'more open incident')}
        </Link>
      )}
    </div>
  );
}
