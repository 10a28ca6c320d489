import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { performanceQuery } from '../../api/queries';
import type { Performance } from '../../api/shapes';
import { type ChartLine, SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { exact, metric as writeMetric, metricName, percent } from '../../lib/format';
import type { PerformanceSearch } from '../../lib/search';
import { day, windowName } from '../../lib/time';
import { Choice } from '../../ui/Choice';
import { Panel } from '../../ui/Panel';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { ModelPage, useModelView, useRangeAround } from '../model/ModelPage';
import { Confusion } from './Confusion';
import { JudgementStrip } from './JudgementStrip';
import { KnownAt } from './KnownAt';
import { MaturityBars } from './MaturityBars';
import { ScrollX } from '../../ui/ScrollX';

export const Route = createLazyRoute('/models/$model/performance')({ component: PerformancePage });

function PerformancePage() {
  const { model } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const view = useModelView(model, search);
  const { metric, known_at, version, every } = search;
  const query = useQuery({
    ...performanceQuery(model, { ...view.asked, metric, known_at, version, every }),
    enabled: view.ready,
  });
  const set = (change: Partial<PerformanceSearch>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  useRangeAround(
    search.at,
    query.data?.range,
    (change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }),
  );
  return (
    <ModelPage
      model={model}
      tab="performance"
      view={view}
      range={query.data?.range}
      search={search}
      onTime={(change) => void navigate({ search: (old) => ({ ...old, ...change }) })}
    >
      <Answered query={query} what={`The performance of ${model}`} height={600}>
        {(data) => (
          <PerformanceBody
            data={data}
            dataFrom={view.detail?.data_from}
            model={model}
            zone={view.zone}
            search={search}
            set={set}
          />
        )}
      </Answered>
    </ModelPage>
  );
}

interface BodyProps {
  data: Performance;
  dataFrom: string | null | undefined;
  model: string;
  zone: string;
  search: PerformanceSearch;
  set: (change: Partial<PerformanceSearch>) => void;
}

function chartLines(data: Performance): ChartLine[] {
  const lines: ChartLine[] = [
    { series: data.series, role: 'faint', label: `${data.version ?? 'live'}, each window` },
  ];
  if (data.fast) lines.push({ series: data.fast, role: 'fast', label: 'mean of 7' });
  if (data.slow) lines.push({ series: data.slow, role: 'slow', label: 'mean of 14' });
  for (const c of data.compare)
    if (c.series.points.some((p) => p.v !== null))
      lines.push({ series: c.series, role: 'challenger', label: `${c.version}, shadow` });
  return lines;
}

function PerformanceBody({ data, dataFrom, model, zone, search, set }: BodyProps) {
  const name = metricName(data.metric);
  const lines = chartLines(data);
  const hasValues = data.series.points.some((p) => p.v !== null);
  const reference =
    data.reference.value === null ? null : { value: data.reference.value, sd: data.reference.sd };
  return (
    <>
      <p className="finding">
        <Sentence told={data.sentence} />
      </p>
      <Controls data={data} dataFrom={dataFrom} zone={zone} search={search} set={set} />
      <Panel
        title={name}
        note={referenceNote(data)}
        file={`${model}-${data.metric}`}
        table={() => seriesTable(lines)}
      >
        {hasValues ? (
          <>
            <SeriesChart
              lines={lines}
              label={`${name} of ${model} over time`}
              zone={zone}
              height={320}
              floor={data.series.floor}
              floorName={data.series.good_direction === 'down' ? 'limit' : 'floor'}
              reference={reference}
              pinned={search.at}
              onPin={(at) => set({ at })}
            />
            <JudgementStrip data={data} zone={zone} />
            <MaturityBars data={data} zone={zone} />
          </>
        ) : (
          <Empty title="No label is known for this range.">
            {data.labels_through
              ? `Labels reach to ${day(data.labels_through, zone)}.`
              : 'Labels have not arrived yet.'}{' '}
            {search.known_at && 'Choose a later “known at” date to see what came in afterwards.'}
          </Empty>
        )}
      </Panel>
      <div className="performance-grid">
        <Months data={data} model={model} zone={zone} />
        {data.confusion && <Confusion c={data.confusion} />}
      </div>
    </>
  );
}

function referenceNote(data: Performance): string {
  const r = data.reference;
  if (r.value === null) return 'no reference';
  const windows = r.n_windows === null ? '' : `, ${exact(r.n_windows)} windows`;
  const worth =
    r.n_windows_effective !== null && r.n_windows !== null && r.n_windows_effective < r.n_windows
      ? ` worth ${writeMetric('', r.n_windows_effective).replace(/\.0+$/, '')} independent ones`
      : '';
  return `reference ${writeMetric(data.metric, r.value)}${r.sd === null ? '' : ` ± ${writeMetric(data.metric, r.sd)}`}${windows}${worth}`;
}

function Controls({ data, dataFrom, zone, search, set }: Omit<BodyProps, 'model'>) {
  return (
    <div className="controls">
      <span>Show</span>
      <Choice
        label="Metric"
        value={data.metric}
        onChange={(metric) => set({ metric })}
        options={data.metrics.map((m) => ({ value: m, label: metricName(m) }))}
      />
      {data.versions.length > 0 && (
        <>
          <span>of</span>
          <Choice
            label="Version"
            value={data.version ?? ''}
            onChange={(version) => set({ version: version || undefined })}
            options={[
              ...(data.version === null ? [{ value: '', label: 'live traffic' }] : []),
              ...data.versions.map((v) => ({ value: v, label: v })),
            ]}
          />
        </>
      )}
      <span>each</span>
      <Choice
        label="Window"
        value={search.every ?? 'day'}
        onChange={(every) => set({ every: every === 'day' ? undefined : every })}
        options={[
          { value: 'day', label: 'day' },
          { value: 'week', label: 'week' },
          { value: 'month', label: 'month' },
        ]}
      />
      <span>as known on</span>
      <KnownAt
        data={data}
        dataFrom={dataFrom}
        zone={zone}
        value={search.known_at}
        onChange={(known_at) => set({ known_at })}
      />
    </div>
  );
}

function Months({ data, model, zone }: { data: Performance; model: string; zone: string }) {
  if (data.months.length === 0) return null;
  const table = () => ({
    head: ['start', 'end', 'rows', 'labelled', 'label_share', ...data.metrics],
    rows: data.months.map((m) => [
      m.start,
      m.end,
      m.n,
      m.n_labelled,
      m.maturity,
      ...data.metrics.map((k) => m.values[k] ?? null),
    ]),
  });
  return (
    <Panel title="Months" file={`${model}-months`} table={table}>
      {/* Scrolls by keyboard too, so it takes the focus. */}
      <ScrollX label="Months and metrics">
        <table className="months">
          <thead>
            <tr>
              <th scope="col">Month</th>
              <th scope="col" className="num">
                Rows
              </th>
              <th scope="col" className="num">
                Labels
              </th>
              {data.metrics.map((m) => (
                <th key={m} scope="col" className={m === data.metric ? 'num is-chosen' : 'num'}>
                  {metricName(m)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.months.map((m) => (
              <tr key={m.start}>
                <th scope="row">
                  {windowName(m.start, new Date(Date.parse(m.start) + 30 * 86_400_000).toISOString(), zone)}
                </th>
                <td className="num">{exact(m.n)}</td>
                <td className="num" title={`${exact(m.n_labelled)} labelled`}>
                  {percent(m.maturity)}
                </td>
                {data.metrics.map((k) => (
                  <td key={k} className={k === data.metric ? 'num is-chosen' : 'num'}>
                    {writeMetric(k, m.values[k])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Panel>
  );
}
