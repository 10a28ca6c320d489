import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useMemo } from 'react';
import { driftQuery } from '../../api/queries';
import type { DriftMap, ModelDetail } from '../../api/shapes';
import { type HeatChoice, HeatMap } from '../../charts/HeatMap';
import { RampLegend } from '../../charts/RampLegend';
import type { Table } from '../../lib/csv';
import { saveCsv } from '../../lib/csv';
import { exact, metricName, plural } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { driftBy, type DriftSearch } from '../../lib/search';
import { Choice, Segments } from '../../ui/Choice';
import { DataTable } from '../../ui/DataTable';
import { Icon } from '../../ui/Icon';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { ModelPage, useModelView, useRangeAround } from '../model/ModelPage';
import { ColumnPanel } from './ColumnPanel';
import { historyOf } from './history';

export const Route = createLazyRoute('/models/$model/drift')({ component: DriftPage });

function DriftPage() {
  const { model } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const view = useModelView(model, search);
  const query = useQuery({
    ...driftQuery(model, { ...view.asked, by: search.by, monitor: search.monitor }),
    enabled: view.ready,
  });
  const set = (change: Partial<DriftSearch>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false });
  useRangeAround(
    search.at,
    query.data?.range,
    (change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }),
  );
  return (
    <ModelPage
      model={model}
      tab="drift"
      view={view}
      range={query.data?.range}
      search={search}
      onTime={(change) =>
        void navigate({
          search: (old) => ({ ...old, ...change, ...('tz' in change ? {} : { at: undefined }) }),
        })
      }
    >
      <Answered query={query} what={`The drift map of ${model}`} height={640}>
        {(data) => (
          <DriftBody
            data={data}
            model={model}
            zone={view.zone}
            search={search}
            set={set}
            detail={view.detail}
          />
        )}
      </Answered>
    </ModelPage>
  );
}

export function driftTable(data: DriftMap): Table {
  return {
    head: [
      'column',
      'role',
      'semantic',
      'importance',
      'window_start',
      'rows',
      'value',
      'over_threshold',
      'decision',
      'severity',
    ],
    rows: data.columns.flatMap((c) =>
      data.windows.map((w, i) => {
        const cell = c.cells[i];
        return [
          c.name,
          c.role,
          c.semantic,
          c.importance,
          w.start,
          w.n_rows,
          cell?.raw ?? null,
          cell?.v ?? null,
          cell?.decision ?? null,
          cell?.severity ?? null,
        ];
      }),
    ),
  };
}

/** What the map shows as chosen: the address first, else the first drifted row where it was last judged. */
function choiceOf(data: DriftMap, shown: DriftMap['columns'], search: DriftSearch): HeatChoice | null {
  // The newest windows may still wait for their check; the newest judged one has something to show.
  const newest = data.windows.findLast((w) => w.decision !== null) ?? data.windows.at(-1);
  const first = shown.find((c) => c.decision_last === 'drift') ?? shown[0];
  if (!newest || !first) return null;
  const asked = data.columns.find((c) => c.name === search.feature);
  const moment = search.at;
  const at = moment === undefined ? newest : data.windows.find((w) => w.start <= moment && moment < w.end);
  return { feature: (asked ?? first).name, at: (at ?? newest).start };
}

/** With more windows than this the map takes the whole width and the column's panel goes below. */
const stackFrom = 100;

interface BodyProps {
  data: DriftMap;
  model: string;
  zone: string;
  search: DriftSearch;
  set: (change: Partial<DriftSearch>) => void;
  detail: ModelDetail | undefined;
}

function DriftBody({ data, model, zone, search, set, detail }: BodyProps) {
  const drifted = useMemo(
    () => data.columns.filter((c) => c.cells.some((x) => x.decision === 'drift')),
    [data],
  );
  const show = search.show ?? 'all';
  const shown = show === 'drifted' ? drifted : data.columns;
  const chosen = choiceOf(data, shown, search);
  const idx = chosen ? data.windows.findIndex((w) => w.start === chosen.at) : -1;
  const column = data.columns.find((c) => c.name === chosen?.feature);
  const choose = (c: HeatChoice) => set({ feature: c.feature, at: c.at });
  const step = (by: number) => {
    const window = data.windows[idx + by];
    if (chosen && window) choose({ feature: chosen.feature, at: window.start });
  };
  useKeys({ '[': () => step(-1), ']': () => step(1) });
  const monitors = detail?.monitors.filter((m) => m.kind.includes('drift')) ?? [];
  return (
    <>
      <p className="finding">
        <Sentence told={data.sentence} />
      </p>
      <div className="controls">
        <span>Compare each {data.window} with</span>
        <span className="static-choice">
          <i className="swatch is-reference" /> {data.reference.name}, {exact(data.reference.n_rows)} rows
        </span>
        <span>by</span>
        <Choice
          label="Colour by"
          value={data.by}
          onChange={(by) => set({ by: by === 'decision' ? undefined : by })}
          options={driftBy.map((b) => ({
            value: b,
            label: b === 'decision' ? 'decision of the rule' : metricName(b),
          }))}
        />
        {monitors.length > 1 && <span>of monitor</span>}
        {monitors.length > 1 && (
          <Choice
            label="Monitor"
            value={data.monitor}
            onChange={(monitor) => set({ monitor })}
            options={monitors.map((m) => ({ value: m.name, label: m.name }))}
          />
        )}
        <span className="spacer" />
        <Segments
          label="Show columns"
          value={show}
          onChange={(value) => set({ show: value === 'all' ? undefined : value })}
          options={[
            { value: 'drifted', label: `Drifted ${drifted.length}` },
            { value: 'all', label: `All ${data.columns.length}` },
          ]}
        />
        <button
          type="button"
          className="tool-button"
          aria-pressed={search.view === 'table'}
          aria-label="Show as table"
          title="Show as table"
          onClick={() => set({ view: search.view === 'table' ? undefined : 'table' })}
        >
          <Icon name={search.view === 'table' ? 'map' : 'table'} />
        </button>
        <button
          type="button"
          className="tool-button"
          aria-label="Save as CSV"
          title="Save as CSV"
          onClick={() => saveCsv(`${model}-drift`, driftTable(data))}
        >
          <Icon name="download" />
        </button>
      </div>
      <div className={data.windows.length > stackFrom ? 'drift-grid is-long' : 'drift-grid'}>
        <div className="drift-main">
          <MapOrTable
            data={data}
            shown={shown}
            zone={zone}
            search={search}
            chosen={chosen}
            choose={choose}
            showAll={() => set({ show: undefined })}
          />
          <MapFoot data={data} />
        </div>
        {chosen && column && (
          <ColumnPanel
            model={model}
            choice={chosen}
            monitor={search.monitor}
            zone={zone}
            importance={column.importance}
            history={historyOf(data, column)}
            isJudged={(column.cells[idx]?.decision ?? null) !== null}
            onStep={step}
            hasPrevious={idx > 0}
            hasNext={idx >= 0 && idx < data.windows.length - 1}
            onPin={(at) => choose({ feature: chosen.feature, at })}
          />
        )}
      </div>
    </>
  );
}

interface MapProps {
  data: DriftMap;
  shown: DriftMap['columns'];
  zone: string;
  search: DriftSearch;
  chosen: HeatChoice | null;
  choose: (c: HeatChoice) => void;
  showAll: () => void;
}

function MapOrTable({ data, shown, zone, search, chosen, choose, showAll }: MapProps) {
  if (data.windows.length === 0)
    return (
      <Empty title="No window has been compared in this range.">
        The monitor runs when a window of data closes. Widen the range, or send data.
      </Empty>
    );
  if (shown.length === 0)
    return (
      <Empty
        title="No column drifted in this range."
        action={
          <button type="button" className="button" onClick={showAll}>
            Show all {data.columns.length} columns
          </button>
        }
      />
    );
  if (search.view === 'table')
    return (
      <DataTable table={driftTable({ ...data, columns: shown })} label="Drift, one row a column and window" />
    );
  return <HeatMap data={data} columns={shown} zone={zone} chosen={chosen} onChoose={choose} />;
}

function MapFoot({ data }: { data: DriftMap }) {
  const notes = [
    data.assumes_independent_rows
      ? 'Rows are treated as independent; the effect floor guards the decision.'
      : 'Each window is judged against the spread of the reference’s own windows.',
    `Corrected for ${plural(data.columns.length, 'column')} (${data.correction === 'holm' ? 'Holm' : 'Benjamini–Hochberg'}, ${data.alpha * 100}%).`,
  ];
  const aside = [
    data.added.length > 0 && `Added since the reference: ${data.added.join(', ')}.`,
    data.removed.length > 0 && `Removed: ${data.removed.join(', ')}.`,
    data.skipped.length > 0 &&
      `Not tested: ${data.skipped.map((s) => `${s.name} (${s.reason})`).join(', ')}.`,
  ].filter(Boolean);
  return (
    <div className="map-foot">
      <RampLegend unit={data.by === 'decision' ? 'floor' : 'threshold'} />
      <p>
        {notes.join(' ')}
        {aside.length > 0 && ` ${aside.join(' ')}`}
      </p>
    </div>
  );
}
