import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { registryQuery } from '../../api/loop';
import { modelsQuery } from '../../api/queries';
import type { RegistryRow, Served } from '../../api/loop_shapes';
import { ServedLane, servedSpan } from '../../charts/ServedLane';
import { saveCsv, type Table } from '../../lib/csv';
import { exact, plural } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Icon } from '../../ui/Icon';
import { MomentField } from '../../ui/MomentField';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { modelNow } from '../incidents/age';
import { ScrollX } from '../../ui/ScrollX';

export const Route = createLazyRoute('/registry')({ component: RegistryPage });

function RegistryPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(registryQuery);
  const zone = chosenZone(search.tz, undefined);
  return (
    <Page
      title="Registry"
      crumbs={[{ text: 'Registry' }]}
      time={{
        zone,
        search,
        onChange: (c) => void navigate({ search: (old) => ({ ...old, tz: c.tz }), replace: true }),
      }}
    >
      <Answered query={query} what="The registry" height={400}>
        {({ items }) => (
          <Body
            items={items}
            zone={zone}
            at={search.at}
            onAt={(at) => void navigate({ search: (old) => ({ ...old, at }), replace: true })}
          />
        )}
      </Answered>
    </Page>
  );
}

/** The stretch in which a moment lies: half-open, as everything here. */
export function servedAt(served: Served[], at: string): Served | undefined {
  const ms = Date.parse(at);
  return served.find((s) => Date.parse(s.from) <= ms && (s.to === null || ms < Date.parse(s.to)));
}

export function registryTable(items: RegistryRow[], at: string | undefined): Table {
  return {
    head: [
      'model',
      'champion',
      'challenger',
      'versions',
      'changed_at',
      'changed',
      ...(at ? [`served ${at}`] : []),
    ],
    rows: items.map((r) => [
      r.model,
      r.champion,
      r.challenger,
      r.n_versions,
      r.changed_at,
      r.changed_text,
      ...(at ? [servedAt(r.served, at)?.version ?? null] : []),
    ]),
  };
}

/** How many serve, and what changed last. */
export function registryFinding(items: RegistryRow[]): { lead: string; rest: string } {
  const serving = items.filter((r) => r.champion !== null).length;
  const moving = items.filter((r) => r.challenger !== null);
  const lead =
    serving === items.length
      ? `${plural(items.length, 'registered model')}, ${items.length === 1 ? '' : 'all '}with a champion.`
      : `${exact(serving)} of ${plural(items.length, 'registered model')} have a champion.`;
  const first = moving[0];
  if (first && moving.length === 1)
    return { lead, rest: `${first.challenger} of ${first.model} is on its way.` };
  return { lead, rest: moving.length > 1 ? `${plural(moving.length, 'candidate')} are on their way.` : '' };
}

interface BodyProps {
  items: RegistryRow[];
  zone: string;
  at: string | undefined;
  onAt: (at: string | undefined) => void;
}

function Body({ items, zone, at, onAt }: BodyProps) {
  const [active, setActive] = useState(-1);
  const navigate = Route.useNavigate();
  const models = useQuery(modelsQuery).data?.items;
  const spans = useMemo(() => spansOf(items, models ?? []), [items, models]);
  const move = (by: number) => {
    const next = Math.min(items.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`registered-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const r = items[active];
      if (r && isIdle()) void navigate({ to: '/models/$model/versions', params: { model: r.model } });
    },
  });
  if (items.length === 0)
    return (
      <div className="panel">
        <Empty title="No model is registered yet.">
          <code>mlflow.register_model(…)</code> with this server as its registry, or{' '}
          <code>trimtab model register NAME --onnx model.onnx</code>.
        </Empty>
      </div>
    );
  const told = registryFinding(items);
  return (
    <>
      <h1 className="page-sentence">
        <strong>{told.lead}</strong> {told.rest}
      </h1>
      <div className="controls">
        <MomentField label="What served on" value={at} zone={zone} onChange={onAt} />
        {at && (
          <button type="button" className="button is-quiet" onClick={() => onAt(undefined)}>
            Now
          </button>
        )}
        <span className="table-hint" aria-hidden="true">
          <kbd>J</kbd>
          <kbd>K</kbd> move <kbd>↵</kbd> open
        </span>
        <button
          type="button"
          className="button is-quiet"
          onClick={() => saveCsv('registry', registryTable(items, at))}
        >
          <Icon name="download" /> CSV
        </button>
      </div>
      <ScrollX label="Registered models">
        <table className="plain-table is-page registry-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Champion</th>
              <th scope="col">On its way</th>
              {at && <th scope="col">Served {moment(at, zone)}</th>}
              <th scope="col">What served when</th>
              <th scope="col" className="num">
                Versions
              </th>
              <th scope="col">Last change</th>
            </tr>
          </thead>
          <tbody>
            {items.map((r, i) => (
              <tr key={r.model} id={`registered-${i}`} className={i === active ? 'is-active' : undefined}>
                <th scope="row">
                  <Link to="/models/$model/versions" params={{ model: r.model }} search={at ? { at } : {}}>
                    {r.model}
                  </Link>
                </th>
                <td>
                  {r.champion ? (
                    <b className="version is-champion">{r.champion}</b>
                  ) : (
                    <span className="quiet">none</span>
                  )}
                </td>
                <td>
                  {r.challenger ? (
                    <b className="version is-challenger">{r.challenger}</b>
                  ) : (
                    <span className="quiet">–</span>
                  )}
                </td>
                {at && (
                  <td>
                    <b>{servedAt(r.served, at)?.version ?? 'nothing'}</b>
                  </td>
                )}
                <td className="served-cell">
                  {r.served.length > 0 ? (
                    <ServedLane
                      served={r.served}
                      zone={zone}
                      span={spans(r)}
                      at={at}
                      label={`${r.model}: ${r.served.map((s) => s.version).join(', then ')}`}
                    />
                  ) : (
                    <span className="quiet">nothing has served yet</span>
                  )}
                </td>
                <td className="num">{exact(r.n_versions)}</td>
                <td>
                  {r.changed_text && <Ticked text={r.changed_text} />}{' '}
                  {r.changed_at && (
                    <time className="quiet" dateTime={r.changed_at}>
                      {moment(r.changed_at, zone)}
                    </time>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </>
  );
}

type Clocked = { model: string } & NonNullable<Parameters<typeof modelNow>[0]>;

/**
 * Models of the wall clock share one span, so that what happened together stands together; a model
 * that lives on the time of its events has a span of its own.
 */
export function spansOf(items: RegistryRow[], models: Clocked[]): (r: RegistryRow) => [number, number] {
  const clockOf = (r: RegistryRow) => models.find((m) => m.model === r.model);
  const own = (r: RegistryRow) => servedSpan(r.served, modelNow(clockOf(r)));
  const spans = items.filter((r) => r.served.length > 0 && clockOf(r)?.clock !== 'event').map((r) => own(r));
  const common: [number, number] = [Math.min(...spans.map((s) => s[0])), Math.max(...spans.map((s) => s[1]))];
  return (r) => (clockOf(r)?.clock === 'event' ? own(r) : common);
}
