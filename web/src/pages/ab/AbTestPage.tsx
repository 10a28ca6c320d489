import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { acts, abTestQuery } from '../../api/loop';
import type { AbSegment, AbTest, Measure } from '../../api/loop_shapes';
import { domainAround, Interval } from '../../charts/Interval';
import { SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { count, exact, percent, plural, pValue } from '../../lib/format';
import { changeIn, inUnit } from '../../lib/measure';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { ReasonDialog } from '../../ui/ConfirmDialog';
import { Mark } from '../../ui/Mark';
import { Facts, Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { useAct, useMayAct } from '../pipelines/acts';
import { effectSeries } from './series';
import { decisionKinds, decisionWords, measureKinds, measureTone, measureWords } from './words';
import { ScrollX } from '../../ui/ScrollX';

export const Route = createLazyRoute('/models/$model/ab-tests/$test')({ component: AbTestPage });

function AbTestPage() {
  const { model, test } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery({ ...abTestQuery(model, test), refetchInterval: 15_000 });
  const zone = chosenZone(search.tz, undefined);
  const name = query.data?.name ?? test;
  return (
    <Page
      title={`${name}, A/B test`}
      crumbs={[
        { text: 'A/B tests', to: '/ab-tests' },
        { text: model, to: '/models/$model', params: { model } },
        { text: name },
      ]}
      time={{ zone, search, onChange: (c) => void navigate({ search: { tz: c.tz }, replace: true }) }}
    >
      <Answered query={query} what={`A/B test ${test}`} height={500}>
        {(t) => <Body t={t} zone={zone} />}
      </Answered>
    </Page>
  );
}

function Body({ t, zone }: { t: AbTest; zone: string }) {
  const [stopping, setStopping] = useState(false);
  const act = useAct();
  const may = useMayAct();
  const { progress, sample_ratio: ratio } = t;
  return (
    <>
      <div className="finding-row is-page">
        <h1 className="page-sentence">
          <Mark kind={decisionKinds[t.decision]} size={18} word={decisionWords[t.decision]} />{' '}
          <strong>
            <Ticked text={t.sentence} />
          </strong>
        </h1>
        {t.state === 'running' && (
          <div className="actions">
            <button type="button" className="button" disabled={!may.edit} onClick={() => setStopping(true)}>
              Stop the test
            </button>
          </div>
        )}
      </div>
      <Facts
        items={[
          { name: 'Decision', value: decisionWords[t.decision], title: t.decision_text },
          {
            name: t.is_shadow ? 'Days' : 'Exposed',
            value: count(t.n_exposed),
            title: exact(t.n_exposed),
            unit:
              progress.share_of_plan === null ? undefined : `${percent(progress.share_of_plan, 0)} of plan`,
          },
          {
            name: 'Sample ratio',
            value: ratio ? (ratio.ok ? 'as planned' : 'mismatch') : t.is_shadow ? 'shadow' : '–',
            tone: ratio && !ratio.ok ? 'critical' : undefined,
            unit: ratio ? splitWords(ratio) : undefined,
          },
          {
            name: 'Smallest change that matters',
            value:
              progress.minimum_effect === null || !t.primary
                ? '–'
                : changeIn(t.primary.unit, progress.minimum_effect),
          },
          {
            name: t.state === 'running' ? 'Days left' : 'Ended',
            value:
              t.state === 'running'
                ? progress.days_left === null
                  ? '–'
                  : exact(Math.ceil(progress.days_left))
                : t.ended_at
                  ? moment(t.ended_at, zone)
                  : '–',
            unit: t.state === 'running' && progress.days_left !== null ? 'at most' : undefined,
          },
        ]}
      />
      {ratio && !ratio.ok && (
        <p className="blocked" role="alert">
          <Mark kind="critical" size={15} /> <b>No verdict while the sample ratio fails.</b>{' '}
          {splitWords(ratio)} where {plannedWords(ratio)} was planned: users of one side are missing. Find out
          why, then begin again.
        </p>
      )}
      <div className="stack">
        <EffectPanel t={t} zone={zone} />
        <MeasuresPanel t={t} />
        <div className="halves">
          <SegmentsPanel t={t} />
          <DecisionPanel t={t} zone={zone} />
        </div>
      </div>
      <ReasonDialog
        title={`Stop ${t.name}`}
        verb="Stop the test"
        open={stopping}
        onClose={() => setStopping(false)}
        onConfirm={(reason) => {
          setStopping(false);
          act({
            run: () => acts.stopTest(t.model, t.id, reason),
            done: `${t.name} was stopped; its numbers stay.`,
            failed: `${t.name} could not be stopped`,
          });
        }}
      >
        What was found until now stays valid: the interval holds at every look.
      </ReasonDialog>
    </>
  );
}

type Ratio = NonNullable<AbTest['sample_ratio']>;

/** "50.02 / 49.98" */
export function splitWords({ n_champion, n_challenger }: Ratio): string {
  const all = n_champion + n_challenger;
  if (all === 0) return 'nobody yet';
  return `${((n_champion / all) * 100).toFixed(2)} / ${((n_challenger / all) * 100).toFixed(2)}`;
}
const plannedWords = ({ expected_share: share }: Ratio) =>
  `${((1 - share) * 100).toFixed(0)} / ${(share * 100).toFixed(0)}`;

function EffectPanel({ t, zone }: { t: AbTest; zone: string }) {
  const p = t.primary;
  const found = effectSeries(t);
  if (!p || found.points.length < 2)
    return (
      <Panel title="Effect over time">
        <Empty title="Too little data for an interval.">
          {!p
            ? 'Nothing has been looked at yet.'
            : t.is_shadow
              ? `${plural(t.n_exposed, 'day')} compared so far.`
              : `${plural(t.n_exposed, 'user')} exposed so far.`}
        </Empty>
      </Panel>
    );
  const lines = [{ series: found, role: 'value' as const, label: `${t.challenger} − ${t.champion}` }];
  return (
    <Panel
      title={`${p.title}: effect over time`}
      note="always-valid 95% band: looking at any time is safe"
      file={`${t.model}-${t.name}-effect`}
      table={() => seriesTable(lines)}
    >
      <SeriesChart
        lines={lines}
        label={`${p.title}, ${t.challenger} less ${t.champion}`}
        zone={zone}
        height={240}
        reference={{ value: 0, sd: null }}
        referenceName="no difference"
        format={(v) => changeIn(p.unit, v)}
        counted={t.is_shadow ? 'days' : 'users'}
      />
    </Panel>
  );
}

function MeasuresPanel({ t }: { t: AbTest }) {
  const rows = [...(t.primary ? [t.primary] : []), ...t.guardrails];
  return (
    <Panel
      title="Primary metric and guardrails"
      file={`${t.model}-${t.name}-measures`}
      table={() => ({
        head: ['measure', 'champion', 'challenger', 'effect', 'low', 'high', 'p_value', 'limit', 'verdict'],
        rows: rows.map((m) => [
          m.name,
          m.champion,
          m.challenger,
          m.effect,
          m.low,
          m.high,
          m.p_value,
          m.limit,
          m.verdict,
        ]),
      })}
    >
      <ScrollX label="Measures, champion against challenger">
        <table className="plain-table checks">
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col" className="num">
                Champion {t.champion}
              </th>
              <th scope="col" className="num">
                Challenger {t.challenger}
              </th>
              <th scope="col">Effect, 95% interval</th>
              <th scope="col" className="num">
                p, any look
              </th>
              <th scope="col" className="num">
                Limit
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((m, i) => (
              <MeasureRow key={m.name} m={m} isPrimary={i === 0 && t.primary !== null} />
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Panel>
  );
}

function MeasureRow({ m, isPrimary }: { m: Measure; isPrimary: boolean }) {
  return (
    <tr>
      <th scope="row">
        {m.title}
        <span className="tag">{isPrimary ? 'primary' : 'guardrail'}</span>
        <MeasureVerdict m={m} isShort />
        <small>
          <Ticked text={m.text} />
        </small>
      </th>
      <td className="num">{inUnit(m.name, m.unit, m.champion)}</td>
      <td className="num">{inUnit(m.name, m.unit, m.challenger)}</td>
      <td className="check-interval">
        <Interval
          value={m.effect}
          low={m.low}
          high={m.high}
          limit={m.limit}
          wanted={m.good_direction === 'up' ? 'at_least' : 'at_most'}
          hasZero
          tone={measureTone(m.verdict)}
        />
        <Effect m={m} />
      </td>
      <td className="num">{pValue(m.p_value)}</td>
      <td className="num">{m.limit === null ? '–' : changeIn(m.unit, m.limit)}</td>
      <td>
        <MeasureVerdict m={m} />
      </td>
    </tr>
  );
}

function Effect({ m }: { m: Measure }) {
  if (m.effect === null) return <span className="quiet">no interval yet</span>;
  return (
    <small>
      <b>{changeIn(m.unit, m.effect)}</b>
      {m.low !== null && m.high !== null && ` (${changeIn(m.unit, m.low)} to ${changeIn(m.unit, m.high)})`}
    </small>
  );
}

function MeasureVerdict({ m, isShort = false }: { m: Measure; isShort?: boolean }) {
  return (
    <span className={`verdict is-${measureKinds[m.verdict]}${isShort ? ' check-short' : ''}`}>
      <Mark kind={measureKinds[m.verdict]} size={13} /> {measureWords[m.verdict]}
    </span>
  );
}

/** The rows of one forest share their axis, so that segments can be compared by eye. */
function SegmentsPanel({ t }: { t: AbTest }) {
  const domain = domainAround([0, ...t.segments.flatMap((s: AbSegment) => [s.low, s.high])]);
  return (
    <Panel title="Segments" note="corrected for looking at all of them">
      {t.segments.length === 0 ? (
        <Empty
          title={
            t.has_segments ? 'Too little data for its segments yet.' : 'No segment is declared for this test.'
          }
        />
      ) : (
        <ul className="forest">
          {t.segments.map((s) => (
            <li key={s.segment}>
              <span>
                <b>{s.segment}</b>
                <small>
                  {t.is_shadow
                    ? plural(s.n_challenger, 'day')
                    : `${count(s.n_champion + s.n_challenger)} users`}
                </small>
              </span>
              <Interval
                value={s.effect}
                low={s.low}
                high={s.high}
                hasZero
                domain={domain}
                tone={measureTone(s.verdict)}
                width={190}
              />
              <Effect m={s} />
              <MeasureVerdict m={s} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function DecisionPanel({ t, zone }: { t: AbTest; zone: string }) {
  return (
    <Panel title="Decision">
      <dl className="pairs">
        <dt>Rule says</dt>
        <dd>
          <span className={`verdict is-${decisionKinds[t.decision]}`}>
            <Mark kind={decisionKinds[t.decision]} size={13} /> {decisionWords[t.decision]}
          </span>
        </dd>
        <dt>Because</dt>
        <dd>
          <Ticked text={t.decision_text} />
        </dd>
        <dt>When</dt>
        <dd>{t.decided_at ? moment(t.decided_at, zone) : 'not decided yet'}</dd>
        <dt>Split</dt>
        <dd>
          {t.sample_ratio
            ? `${splitWords(t.sample_ratio)}, planned ${plannedWords(t.sample_ratio)}, p ${pValue(t.sample_ratio.p_value)}`
            : 'none: the challenger is a shadow'}
        </dd>
        <dt>Began</dt>
        <dd>{moment(t.began_at, zone)}</dd>
      </dl>
    </Panel>
  );
}
