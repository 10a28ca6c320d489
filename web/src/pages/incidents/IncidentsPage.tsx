import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { fleetQuery, incidentsQuery } from '../../api/queries';
import type { FleetModel, IncidentSummary } from '../../api/shapes';
import { saveCsv, type Table } from '../../lib/csv';
import { capital, plural, words } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import { severities } from '../../lib/search';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Choice, Segments } from '../../ui/Choice';
import { Icon } from '../../ui/Icon';
import { SeverityMark } from '../../ui/Mark';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { useAcknowledge, useMayRespond } from './actions';
import { Age } from './age';

export const Route = createLazyRoute('/incidents')({ component: IncidentsPage });

function incidentTable(items: IncidentSummary[]): Table {
  return {
    head: [
      'number',
      'title',
      'model',
      'monitor',
      'severity',
      'state',
      'opened_at',
      'resolved_at',
      'acknowledged_by',
      'alerts',
      'columns',
    ],
    rows: items.map((i) => [
      i.number,
      i.title,
      i.model,
      i.monitor,
      i.severity,
      i.state,
      i.opened_at,
      i.resolved_at,
      i.acknowledged_by,
      i.n_alerts,
      i.columns.join(' '),
    ]),
  };
}

function headline(open: number, waiting: number): React.ReactNode {
  if (open === 0)
    return (
      <>
        <strong>No incident is open.</strong> Nothing needs a person.
      </>
    );
  return (
    <>
      <strong>
        {plural(open, 'incident')} {open === 1 ? 'is' : 'are'} open.
      </strong>{' '}
      {waiting === 0
        ? 'All are acknowledged.'
        : `${waiting === open ? 'None is' : `${waiting} ${waiting === 1 ? 'is' : 'are'} not`} acknowledged.`}
    </>
  );
}

function IncidentsPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const state = search.state ?? 'open';
  const query = useQuery(incidentsQuery({ state, model: search.model, severity: search.severity }));
  const fleet = useQuery(fleetQuery).data;
  const zone = chosenZone(search.tz, undefined);
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title="Incidents"
      crumbs={[{ text: 'Incidents' }]}
      time={{ zone, search, onChange: (c) => set({ tz: c.tz }) }}
    >
      <Answered query={query} what="The list of incidents" height={400}>
        {({ items, counts }) => (
          <>
            <h1 className="page-sentence">{headline(counts.open + counts.acknowledged, counts.open)}</h1>
            <div className="controls">
              <Segments
                label="Show incidents that are"
                value={state}
                onChange={(value) => set({ state: value === 'open' ? undefined : value })}
                options={[
                  { value: 'open', label: `Open ${counts.open + counts.acknowledged}` },
                  { value: 'resolved', label: `Resolved ${counts.resolved}` },
                  { value: 'all', label: 'All' },
                ]}
              />
              <Choice
                label="Severity"
                value={search.severity ?? ''}
                onChange={(v) => set({ severity: v === '' ? undefined : v })}
                options={[
                  { value: '', label: 'Any severity' },
                  ...severities.map((s) => ({ value: s, label: words(s) })),
                ]}
              />
              <Choice
                label="Model"
                value={search.model ?? ''}
                onChange={(v) => set({ model: v || undefined })}
                options={[
                  { value: '', label: 'All models' },
                  ...(fleet?.models ?? []).map((m) => ({ value: m.model, label: m.model })),
                ]}
              />
              <span className="spacer" />
              <span className="table-hint" aria-hidden="true">
                <kbd>J</kbd>
                <kbd>K</kbd> move <kbd>↵</kbd> open <kbd>A</kbd> acknowledge
              </span>
              <button
                type="button"
                className="button is-quiet"
                onClick={() => saveCsv('incidents', incidentTable(items))}
              >
                <Icon name="download" /> CSV
              </button>
            </div>
            {items.length === 0 ? (
              <NothingHere
                filtered={Boolean(search.model ?? search.severity)}
                state={state}
                clear={() => set({ model: undefined, severity: undefined, state: undefined })}
              />
            ) : (
              <IncidentRows
                key={`${state}${search.model}${search.severity}${query.isPlaceholderData}`}
                items={items}
                models={fleet?.models ?? []}
                zone={zone}
              />
            )}
          </>
        )}
      </Answered>
    </Page>
  );
}

function NothingHere({ filtered, state, clear }: { filtered: boolean; state: string; clear: () => void }) {
  if (filtered)
    return (
      <Empty
        title="No incident fits the filter."
        action={
          <button type="button" className="button" onClick={clear}>
            Clear the filter
          </button>
        }
      />
    );
  return (
    <Empty title={state === 'open' ? 'No open incident.' : 'No incident yet.'}>
      Incidents open by themselves when a rule fires.
    </Empty>
  );
}

/** Nothing moves under the pointer: what opened since the list was read waits behind a button. */
function useHeldBack(items: IncidentSummary[]): {
  shown: IncidentSummary[];
  waiting: number;
  show: () => void;
} {
  const [known, setKnown] = useState(() => new Set(items.map((i) => i.id)));
  const shown = items.filter((i) => known.has(i.id));
  return {
    shown,
    waiting: items.length - shown.length,
    show: () => setKnown(new Set(items.map((i) => i.id))),
  };
}

function IncidentRows({
  items: all,
  models,
  zone,
}: {
  items: IncidentSummary[];
  models: FleetModel[];
  zone: string;
}) {
  const { shown: items, waiting, show } = useHeldBack(all);
  const [active, setActive] = useState(0);
  const navigate = Route.useNavigate();
  const acknowledge = useAcknowledge();
  const may = useMayRespond();
  const move = (by: number) => {
    const next = Math.min(items.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`incident-row-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const chosen = items[active];
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      if (chosen && isIdle()) void navigate({ to: '/incidents/$incident', params: { incident: chosen.id } });
    },
    a: () => chosen?.state === 'open' && may && acknowledge(chosen),
  });
  return (
    <>
      {waiting > 0 && (
        <button type="button" className="button new-pill" onClick={show}>
          {plural(waiting, 'new incident')}: show
        </button>
      )}
      <ul className="panel incident-rows">
        {items.map((i, idx) => (
          <li key={i.id} id={`incident-row-${idx}`} className={idx === active ? 'is-active' : undefined}>
            <SeverityMark severity={i.severity} resolved={i.state === 'resolved'} />
            <div className="incident-what">
              <p className="incident-title">
                <span className="quiet">#{i.number}</span>{' '}
                <Link to="/incidents/$incident" params={{ incident: i.id }}>
                  {i.title}
                </Link>
              </p>
              <p className="attention-meta">
                <Link to="/models/$model" params={{ model: i.model }}>
                  {i.model}
                </Link>
                <Age of={i} model={models.find((m) => m.model === i.model)} zone={zone} />
                <span>{capital(i.for_whom)}</span>
              </p>
              <p className="incident-why">
                <Sentence told={i.sentence} />
              </p>
            </div>
            <span className="incident-alerts">{plural(i.n_alerts, 'alert')}</span>
            <IncidentStateText i={i} />
            <span className="incident-act">
              {i.state === 'open' && may && (
                <button type="button" className="button" onClick={() => acknowledge(i)}>
                  Acknowledge
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function IncidentStateText({ i }: { i: IncidentSummary }) {
  if (i.state === 'resolved') return <span className="state is-ok">Resolved</span>;
  if (i.state === 'acknowledged')
    return (
      <span className="state">Acknowledged{i.acknowledged_by && <small>{i.acknowledged_by}</small>}</span>
    );
  return <span className="state is-critical">Not acknowledged</span>;
}
