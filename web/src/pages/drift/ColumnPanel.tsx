import { useQuery } from '@tanstack/react-query';
import { driftDetailQuery } from '../../api/queries';
import type { DriftDetail, Series } from '../../api/shapes';
import { categoryTable, CategoryBars } from '../../charts/CategoryBars';
import { decisionText } from '../../charts/heatCell';
import type { HeatChoice } from '../../charts/HeatMap';
import { HistogramPair, histogramTable } from '../../charts/HistogramPair';
import { SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { effectOf, exact, fixed, metricName, percent, pValue, quantity, sentence } from '../../lib/format';
import { moment, windowName } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Facts, type FactProps, Panel } from '../../ui/Panel';
import { Answered, Empty } from '../../ui/states';
import { EvidenceTable } from './EvidenceTable';

interface ColumnPanelProps {
  model: string;
  choice: HeatChoice;
  monitor: string | undefined;
  zone: string;
  importance: number | null;
  history: Series;
  /** False where no monitor has looked at this column in this window. */
  isJudged: boolean;
  hasPrevious: boolean;
  hasNext: boolean;
  onStep: (by: number) => void;
  onPin: (at: string) => void;
}

/** One column in one window: how far it moved, how it looks, on what evidence. */
export function ColumnPanel(props: ColumnPanelProps) {
  const { model, choice, monitor, isJudged } = props;
  const query = useQuery({
    ...driftDetailQuery(model, choice.feature, choice.at, monitor),
    enabled: isJudged,
  });
  return (
    <aside className="column-panel" aria-label={`${choice.feature} in the chosen window`}>
      {isJudged ? (
        <Answered query={query} what={`Column ${choice.feature}`} height={520}>
          {(data) => <ColumnBody data={data} {...props} />}
        </Answered>
      ) : (
        <NotJudged {...props} />
      )}
    </aside>
  );
}

/** A window that is still open, or that had nothing to look at. */
function NotJudged({ choice, zone, hasPrevious, hasNext, onStep }: ColumnPanelProps) {
  return (
    <>
      <header className="column-head">
        <div>
          <h2>{choice.feature}</h2>
          <p>{moment(choice.at, zone)}</p>
        </div>
        <Steps hasPrevious={hasPrevious} hasNext={hasNext} onStep={onStep} />
      </header>
      <Empty title="This window has not been judged.">
        It is judged when it closes and has rows of this column. Step back to see the last one that was.
      </Empty>
    </>
  );
}

function Steps({
  hasPrevious,
  hasNext,
  onStep,
}: Pick<ColumnPanelProps, 'hasPrevious' | 'hasNext' | 'onStep'>) {
  return (
    <div className="steps">
      <button
        type="button"
        className="tool-button"
        aria-label="Previous window"
        title="Previous window ["
        disabled={!hasPrevious}
        onClick={() => onStep(-1)}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        className="tool-button"
        aria-label="Next window"
        title="Next window ]"
        disabled={!hasNext}
        onClick={() => onStep(1)}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}

function factsOf(data: DriftDetail, importance: number | null): FactProps[] {
  const isDrift = data.decision === 'drift';
  const facts: FactProps[] = [
    {
      name: metricName(data.effect.name),
      value: effectOf(data.effect.name, data.effect.value),
      unit: data.effect.floor === null ? undefined : `floor ${effectOf(data.effect.name, data.effect.floor)}`,
      tone: isDrift ? 'critical' : undefined,
    },
    { name: 'Adjusted p', value: pValue(data.p_value_adjusted) },
  ];
  if (importance !== null) facts.push({ name: 'Importance', value: percent(importance) });
  facts.push({
    name: 'Missing',
    value: percent(data.null_share.current),
    unit: `was ${percent(data.null_share.reference)}`,
  });
  if (data.unseen_share !== null) facts.push({ name: 'Unseen', value: percent(data.unseen_share) });
  return facts;
}

function ColumnBody({
  data,
  history,
  model,
  zone,
  importance,
  hasPrevious,
  hasNext,
  onStep,
  onPin,
}: ColumnPanelProps & { data: DriftDetail }) {
  const when = windowName(data.window.start, data.window.end, zone);
  const lines = [{ series: history, role: 'value' as const, label: history.metric }];
  return (
    <div className="column-body">
      <div className="column-lead">
        <header className="column-head">
          <div>
            <h2>{data.column}</h2>
            <p>
              {when} against {data.reference.name}
            </p>
          </div>
          <Steps hasPrevious={hasPrevious} hasNext={hasNext} onStep={onStep} />
        </header>
        <p className="column-verdict" role="status">
          <b className={data.decision === 'drift' ? 'is-critical' : undefined}>{verdict(data)}</b>{' '}
          {exact(data.window.n_rows)} rows against {exact(data.reference.n_rows)}.
          {data.reason && ` ${sentence(data.reason)}`}
        </p>
        <Facts items={factsOf(data, importance)} />
      </div>
      <Distribution data={data} when={when} />
      <Panel
        plain
        title="Evidence"
        file={`${data.column}-evidence`}
        table={() => ({
          head: ['method', 'variant', 'statistic', 'p_value', 'threshold', 'noise_floor', 'reason'],
          rows: data.results.map((r) => [
            r.method,
            r.variant,
            r.statistic,
            r.p_value,
            r.threshold,
            r.noise_floor,
            r.reason,
          ]),
        })}
      >
        <EvidenceTable data={data} />
      </Panel>
      {history.points.length > 1 && (
        <Panel
          plain
          title={`${history.metric}, over time`}
          file={`${model}-${data.column}-effect`}
          table={() => seriesTable(lines)}
        >
          <SeriesChart
            lines={lines}
            label={`${data.effect.name} of ${data.column} over time`}
            zone={zone}
            height={150}
            zero
            floor={history.floor}
            floorName={history.floor === 1 ? 'floor' : 'threshold'}
            pinned={data.window.start}
            onPin={onPin}
            format={(v) => fixed(v, 2)}
          />
        </Panel>
      )}
    </div>
  );
}

function verdict(data: DriftDetail): string {
  if (data.decision === 'drift') return `It drifted${data.severity ? `, ${data.severity} severity` : ''}.`;
  if (data.decision === 'ok') return 'It did not drift.';
  return sentence(decisionText(data.decision));
}

function Distribution({ data, when }: { data: DriftDetail; when: string }) {
  const d = data.distribution;
  const note = (
    <>
      <span>
        <i className="swatch is-reference" /> reference
      </span>
      <span>
        <i className="swatch is-current" /> current
      </span>
    </>
  );
  if (!d)
    return (
      <Panel plain title="Distribution">
        <Empty title="No distribution is kept for this window." />
      </Panel>
    );
  const label = `${data.column} on ${when} against the reference`;
  if (d.kind === 'categorical')
    return (
      <Panel
        plain
        title="Distribution"
        note={
          <>
            {note}
            <span>pp change</span>
          </>
        }
        table={() => categoryTable(d)}
        file={`${data.column}-distribution`}
      >
        <CategoryBars data={d} label={label} />
      </Panel>
    );
  return (
    <Panel
      plain
      title="Distribution"
      note={note}
      table={() => histogramTable(d)}
      file={`${data.column}-distribution`}
    >
      <HistogramPair data={d} label={label} />
      {d.bins.every((b) => b.current === 0) && (
        <p className="panel-foot">No row of this window has a value.</p>
      )}
      {d.quantiles && (
        <table className="quantiles">
          <thead>
            <tr>
              <th scope="col">Quantile</th>
              {['5%', '25%', 'median', '75%', '95%'].map((q) => (
                <th key={q} scope="col" className="num">
                  {q}
                </th>
              ))}
              {d.mean && (
                <th scope="col" className="num">
                  mean
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {(['reference', 'current'] as const).map((side) => {
              const q = d.quantiles?.[side];
              return (
                <tr key={side}>
                  <th scope="row">{side === 'reference' ? 'Reference' : 'Window'}</th>
                  {q &&
                    [q.p5, q.p25, q.p50, q.p75, q.p95].map((v, i) => (
                      <td key={i} className="num">
                        {quantity(v)}
                      </td>
                    ))}
                  {d.mean && <td className="num">{quantity(d.mean[side])}</td>}
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
