import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { overviewQuery } from '../../api/queries';
import type { LaneName, ModelDetail, Overview } from '../../api/shapes';
import { LaneMap } from '../../charts/LaneMap';
import { SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { count, effectOf, exact, metricName, percent, roughShare } from '../../lib/format';
import { day, spanName } from '../../lib/time';
import { Ago } from '../../ui/Ago';
import { Facts, Panel } from '../../ui/Panel';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { ModelPage, useModelView, useRangeAround } from './ModelPage';
import { ServicePanels } from './ServicePanels';

export const Route = createLazyRoute('/models/$model')({ component: OverviewPage });

function OverviewPage() {
  const { model } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const view = useModelView(model, search);
  const query = useQuery({ ...overviewQuery(model, view.asked), enabled: view.ready });
  useRangeAround(
    search.at,
    query.data?.range,
    (change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }),
  );
  return (
    <ModelPage
      model={model}
      tab="overview"
      view={view}
      range={query.data?.range}
      search={search}
      onTime={(change) => void navigate({ search: (old) => ({ ...old, ...change }) })}
    >
      <Answered query={query} what={`The overview of ${model}`} height={600}>
        {(data) => (
          <OverviewBody
            data={data}
            detail={view.detail}
            model={model}
            zone={view.zone}
            asked={view.asked}
            pinned={search.at}
            onPin={(at) => void navigate({ search: (old) => ({ ...old, at }), replace: true })}
          />
        )}
      </Answered>
    </ModelPage>
  );
}

interface BodyProps {
  data: Overview;
  detail: ModelDetail | undefined;
  model: string;
  zone: string;
  asked: { from?: string; to?: string };
  pinned: string | undefined;
  onPin: (at: string) => void;
}

function OverviewBody({ data, detail, model, zone, asked, pinned, onPin }: BodyProps) {
  const { facts, performance } = data;
  const navigate = Route.useNavigate();
  const open = (lane: LaneName, at: string) => {
    if (lane === 'drift')
      void navigate({ to: '/models/$model/drift', params: { model }, search: (old) => ({ ...old, at }) });
    else if (lane === 'performance')
      void navigate({
        to: '/models/$model/performance',
        params: { model },
        search: (old) => ({ ...old, at }),
      });
    else onPin(at);
  };
  const lines = performance
    ? [{ series: performance, role: 'value' as const, label: metricName(performance.metric) }]
    : [];
  return (
    <>
      <p className="finding">
        <Sentence told={data.sentence} />
      </p>
      <Facts
        items={[
          { name: 'Version', value: facts.version ?? '–' },
          {
            name: 'Predictions',
            value: count(facts.n_predictions),
            title: exact(facts.n_predictions),
            unit: 'in this range',
          },
          {
            name: 'Labels',
            value: count(facts.n_labels),
            unit: facts.label_maturity === null ? undefined : `${percent(facts.label_maturity)} arrived`,
            title: exact(facts.n_labels),
          },
          {
            name: 'Inputs checked',
            value: exact(facts.inputs_checked.done),
            unit: `of ${exact(facts.inputs_checked.total)}`,
          },
          {
            name: 'Last check',
            value: facts.last_result_at ? <Ago at={facts.last_result_at} /> : '–',
            unit: facts.last_result_at ? 'ago' : 'none yet',
          },
        ]}
      />
      <Panel
        title="Health over time"
        file={`${model}-health`}
        note="a cell opens its page at that time"
        table={() => ({
          head: ['window_start', ...data.lanes.map((l) => l.name)],
          rows: (data.lanes[0]?.cells ?? []).map((c, i) => [
            c.window_start,
            ...data.lanes.map((l) => l.cells[i]?.state ?? ''),
          ]),
        })}
      >
        {data.lanes.length > 0 && (data.lanes[0]?.cells.length ?? 0) > 0 ? (
          <LaneMap
            lanes={data.lanes}
            incidents={data.incidents}
            annotations={data.annotations}
            zone={zone}
            end={data.range.to}
            onOpen={open}
          />
        ) : (
          <Empty title="No window has been checked yet.">
            The first check runs when the first window of data closes.
          </Empty>
        )}
      </Panel>
      <div className="overview-grid">
        <Panel
          title={performance ? metricName(performance.metric) : 'Performance'}
          file={`${model}-performance`}
          table={performance ? () => seriesTable(lines) : undefined}
          note={
            <Link to="/models/$model/performance" params={{ model }} search={(old) => old}>
              Performance
            </Link>
          }
        >
          {performance && performance.points.some((p) => p.v !== null) ? (
            <SeriesChart
              lines={lines}
              label={`${metricName(performance.metric)} of ${model}`}
              zone={zone}
              height={230}
              floor={performance.floor}
              reference={
                performance.reference_value === null ? null : { value: performance.reference_value, sd: null }
              }
              annotations={data.annotations}
              pinned={pinned}
              onPin={onPin}
            />
          ) : (
            <Empty title="No labels have arrived in this range.">
              Performance is measured as soon as labels come in.
            </Empty>
          )}
        </Panel>
        <TopColumns data={data} model={model} zone={zone} />
      </div>
      <ServicePanels model={model} asked={asked} zone={zone} pinned={pinned} />
      {detail && <Coverage detail={detail} zone={zone} />}
    </>
  );
}

function TopColumns({ data, model, zone }: { data: Overview; model: string; zone: string }) {
  return (
    <Panel
      title="Inputs that moved"
      note="share of windows with drift"
      file={`${model}-columns`}
      table={() => ({
        head: ['column', 'effect_name', 'effect', 'drifting_since', 'share_of_windows_drifted'],
        rows: data.top_columns.map((c) => [
          c.column,
          c.effect_name,
          c.effect,
          c.drifting_since,
          c.share_of_windows_drifted,
        ]),
      })}
    >
      {data.top_columns.length === 0 ? (
        <Empty title="No column moved in this range." />
      ) : (
        <ul className="top-columns">
          {data.top_columns.slice(0, 6).map((c) => (
            <li key={c.column}>
              <Link
                to="/models/$model/drift"
                params={{ model }}
                search={(old) => ({ from: old.from, to: old.to, tz: old.tz, feature: c.column })}
              >
                {c.column}
              </Link>
              <span className="top-bar">
                <i style={{ width: `${c.share_of_windows_drifted * 100}%` }} />
              </span>
              <span className="num">{roughShare(c.share_of_windows_drifted)}</span>
              <small>
                {metricName(c.effect_name)} {effectOf(c.effect_name, c.effect)}
                {c.drifting_since ? `, drifting since ${day(c.drifting_since, zone)}` : ''}
              </small>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Coverage({ detail, zone }: { detail: ModelDetail; zone: string }) {
  return (
    <div className="overview-thirds">
      <Panel title="Versions">
        <ul className="plain-list">
          {detail.versions.map((v) => (
            <li key={`${v.version}${v.role}`}>
              <b>{v.version}</b> <span>{v.role}</span>{' '}
              <small>
                {count(v.n_predictions)} predictions, {spanName(v.first_seen, v.last_seen, zone)}
              </small>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title="References">
        {detail.references.length === 0 ? (
          <Empty title="No reference yet.">Monitors wait until one is declared.</Empty>
        ) : (
          <ul className="plain-list">
            {detail.references.map((r) => (
              <li key={r.name}>
                <b>{r.name}</b> {r.is_default && <span>default</span>}{' '}
                <small>
                  {exact(r.n_rows)} rows{r.from && r.to && `, ${spanName(r.from, r.to, zone)}`}
                </small>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Monitors">
        <ul className="plain-list">
          {detail.monitors.map((m) => (
            <li key={m.name}>
              <b>{m.name}</b>{' '}
              <small>
                {m.kind.replaceAll('_', ' ')}, every {m.window}
              </small>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
