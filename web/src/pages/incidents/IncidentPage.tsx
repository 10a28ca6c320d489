import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { incidentQuery, modelQuery } from '../../api/queries';
import type { IncidentDetail } from '../../api/shapes';
import { SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { capital, exact, metricName, words } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Dialog } from '../../ui/Dialog';
import { Icon, type IconName } from '../../ui/Icon';
import { SeverityMark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { PathLink } from '../../ui/PathLink';
import { Sentence } from '../../ui/Sentence';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { useAcknowledge, useMayRespond, useResolve } from './actions';
import { Age, type modelNow } from './age';
import { IncidentStateText } from './IncidentsPage';

export const Route = createLazyRoute('/incidents/$incident')({ component: IncidentPage });

function IncidentPage() {
  const { incident } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(incidentQuery(incident));
  const model = useQuery({ ...modelQuery(query.data?.model ?? ''), enabled: query.data !== undefined }).data;
  const zone = chosenZone(search.tz, model?.time_zone);
  const name = query.data ? `#${query.data.number}` : incident;
  return (
    <Page
      title={query.data ? `${name} ${query.data.title}` : 'Incident'}
      crumbs={[{ text: 'Incidents', to: '/incidents' }, { text: name }]}
      time={{
        zone,
        modelZone: model?.time_zone ?? undefined,
        search,
        onChange: (c) => void navigate({ search: { tz: c.tz }, replace: true }),
      }}
    >
      <Answered query={query} what={`Incident ${incident}`} height={500}>
        {(data) => <IncidentBody data={data} zone={zone} model={model} />}
      </Answered>
    </Page>
  );
}

interface BodyProps {
  data: IncidentDetail;
  zone: string;
  model: Parameters<typeof modelNow>[0];
}

function IncidentBody({ data, zone, model }: BodyProps) {
  const [closing, setClosing] = useState(false);
  const acknowledge = useAcknowledge();
  const resolve = useResolve();
  const may = useMayRespond();
  useKeys({
    a: () => data.state === 'open' && may && acknowledge(data),
    r: () => data.state !== 'resolved' && may && setClosing(true),
  });
  return (
    <>
      <div className="incident-head">
        <SeverityMark severity={data.severity} resolved={data.state === 'resolved'} size={20} />
        <div>
          <h1>{data.title}</h1>
          <p className="attention-meta">
            <Link to="/models/$model" params={{ model: data.model }}>
              {data.model}
            </Link>
            <span>#{data.number}</span>
            <span>{words(data.severity)} severity</span>
            <span>monitor {data.monitor}</span>
          </p>
        </div>
        <IncidentStateText i={data} />
        {data.state !== 'resolved' && (
          <div className="incident-actions">
            {data.state === 'open' && (
              <button
                type="button"
                className="button is-primary"
                disabled={!may}
                title={may ? undefined : 'Your token may not respond to incidents'}
                onClick={() => acknowledge(data)}
              >
                Acknowledge <kbd>A</kbd>
              </button>
            )}
            <button type="button" className="button" disabled={!may} onClick={() => setClosing(true)}>
              Resolve <kbd>R</kbd>
            </button>
          </div>
        )}
      </div>
      <dl className="slots">
        <div>
          <dt>What</dt>
          <dd>{data.what}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Age of={data} model={model} zone={zone} />
          </dd>
        </div>
        <div>
          <dt>For whom</dt>
          <dd>{capital(data.for_whom)}</dd>
        </div>
        <div>
          <dt>Why</dt>
          <dd>
            <Sentence told={data.why} />
          </dd>
        </div>
        <div>
          <dt>Next</dt>
          <dd>
            <Ticked text={data.next} />
          </dd>
        </div>
      </dl>
      <div className="incident-grid">
        <div className="stack">
          {data.series && data.series.points.length > 0 && <IncidentChart data={data} zone={zone} />}
          <Evidence data={data} />
        </div>
        <div className="stack">
          <Timeline data={data} zone={zone} />
          <Notifications data={data} zone={zone} />
        </div>
      </div>
      <ResolveDialog
        open={closing}
        number={data.number}
        onClose={() => setClosing(false)}
        onResolve={(note) => {
          setClosing(false);
          resolve(data, note);
        }}
      />
    </>
  );
}

function IncidentChart({ data, zone }: { data: IncidentDetail; zone: string }) {
  if (!data.series) return null;
  const { series } = data;
  const lines = [{ series, role: 'value' as const, label: metricName(series.metric) }];
  const flags = [
    { at: data.opened_at, kind: 'incident', text: 'Opened', incident_id: null },
    ...(data.resolved_at
      ? [{ at: data.resolved_at, kind: 'resolved', text: 'Resolved', incident_id: null }]
      : []),
  ];
  return (
    <Panel
      title={metricName(series.metric)}
      note="flags mark the start and the end"
      table={() => seriesTable(lines)}
      file={`incident-${data.number}`}
    >
      <SeriesChart
        lines={lines}
        label={`${metricName(series.metric)} around incident ${data.number}`}
        zone={zone}
        height={230}
        floor={series.floor}
        floorName={series.good_direction === 'up' ? 'floor' : 'limit'}
        reference={series.reference_value === null ? null : { value: series.reference_value, sd: null }}
        annotations={flags}
      />
    </Panel>
  );
}

function Evidence({ data }: { data: IncidentDetail }) {
  if (data.evidence.length === 0) return null;
  return (
    <Panel title="Evidence">
      <ul className="evidence">
        {data.evidence.map((e) => (
          <li key={`${e.column ?? e.metric}${e.text}`}>
            <b>{e.column ?? e.metric}</b>
            <span>
              <Ticked text={e.text} />
            </span>
            {e.link && (
              <PathLink link={e.link} className="evidence-link">
                Look <Icon name="right" size={12} />
              </PathLink>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const timelineIcons: Record<string, IconName> = {
  opened: 'incidents',
  notified: 'bell',
  acknowledged: 'check',
  resolved: 'check',
  note: 'text',
};

function Timeline({ data, zone }: { data: IncidentDetail; zone: string }) {
  return (
    <Panel title="Timeline">
      <ol className="timeline">
        {data.timeline.map((t) => (
          <li key={`${t.at}${t.known_at}${t.kind}${t.text}`}>
            <i className="change-icon is-none">
              <Icon name={timelineIcons[t.kind] ?? 'clock'} size={13} />
            </i>
            <div>
              <span>
                <Ticked text={t.text} />
                {t.actor && !t.text.includes(t.actor) && (
                  <>
                    , <b>{t.actor}</b>
                  </>
                )}
              </span>
              <small>
                <time dateTime={t.at} title={`${t.at}, shown in ${zone}`}>
                  {moment(t.at, zone)}
                </time>
                {Math.abs(Date.parse(t.known_at) - Date.parse(t.at)) > 60_000 && (
                  <>, known {moment(t.known_at, zone)}</>
                )}
              </small>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Notifications({ data, zone }: { data: IncidentDetail; zone: string }) {
  return (
    <Panel title="Notifications">
      {data.notifications.length === 0 ? (
        <Empty title="Nobody was told.">No channel is set for this monitor’s rule.</Empty>
      ) : (
        <ul className="notifications">
          {data.notifications.map((n) => (
            <li key={`${n.channel}${n.kind}${n.at}`}>
              <b>{n.channel}</b>
              <span>{n.kind === 'firing' ? 'told of the start' : 'told of the end'}</span>
              <span
                className={`state is-${n.state === 'delivered' ? 'ok' : n.state === 'failed' ? 'critical' : 'none'}`}
              >
                {words(n.state)}
              </span>
              <small>
                <time dateTime={n.at} title={`${n.at}, shown in ${zone}`}>
                  {moment(n.at, zone)}
                </time>
                {n.attempts > 1 && `, ${exact(n.attempts)} attempts`}
                {n.last_error && n.state !== 'delivered' && `: ${n.last_error}`}
              </small>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface ResolveProps {
  open: boolean;
  number: number;
  onClose: () => void;
  onResolve: (note: string) => void;
}

function ResolveDialog({ open, number, onClose, onResolve }: ResolveProps) {
  const [note, setNote] = useState('');
  return (
    <Dialog label={`Resolve incident ${number}`} open={open} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onResolve(note.trim());
        }}
      >
        <h2>Resolve #{number}</h2>
        <p className="quiet">
          Channels that were told of the start are told of the end. It opens again if the rule fires again.
        </p>
        <label className="field">
          What fixed it (optional)
          <textarea rows={3} value={note} onChange={(e) => setNote(e.target.value)} />
        </label>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button is-primary">
            Resolve incident
          </button>
        </div>
      </form>
    </Dialog>
  );
}
