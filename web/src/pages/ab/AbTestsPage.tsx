import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { abTestsQuery } from '../../api/loop';
import type { AbTestSummary } from '../../api/loop_shapes';
import { Interval } from '../../charts/Interval';
import { exact, plural } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import { changeIn } from '../../lib/measure';
import type { AbSearch } from '../../lib/search';
import { day } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Choice } from '../../ui/Choice';
import { Mark } from '../../ui/Mark';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { Planner } from './Planner';
import { decisionKinds, decisionWords, measureTone } from './words';
import { ScrollX } from '../../ui/ScrollX';

export const Route = createLazyRoute('/ab-tests')({ component: AbTestsPage });

function AbTestsPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(abTestsQuery);
  const zone = chosenZone(search.tz, undefined);
  const change = (next: AbSearch) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <Page
      title="A/B tests"
      crumbs={[{ text: 'A/B tests' }]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      <Answered query={query} what="A/B tests" height={400}>
        {({ items }) => <Body items={items} zone={zone} search={search} onChange={change} />}
      </Answered>
    </Page>
  );
}

/** How many are decided, and what the newest says. */
export function testsFinding(items: AbTestSummary[]): { lead: string; rest: string } {
  const running = items.filter((t) => t.state === 'running');
  const blocked = items.filter((t) => t.decision === 'blocked_by_sample_ratio');
  if (items.length === 0) return { lead: 'No A/B test has begun.', rest: '' };
  const lead =
    running.length > 0
      ? `${plural(running.length, 'A/B test')} ${running.length === 1 ? 'is' : 'are'} running.`
      : `${plural(items.length, 'A/B test')}, none running.`;
  if (blocked.length > 0)
    return {
      lead,
      rest: `${plural(blocked.length, 'verdict is', 'verdicts are')} blocked by the sample ratio.`,
    };
  const told = running[0] ?? items[0];
  return { lead, rest: told ? `${told.model}: ${told.sentence}` : '' };
}

interface BodyProps {
  items: AbTestSummary[];
  zone: string;
  search: AbSearch;
  onChange: (next: AbSearch) => void;
}

function Body({ items, zone, search, onChange }: BodyProps) {
  const [active, setActive] = useState(-1);
  const navigate = Route.useNavigate();
  const shown = items.filter((t) => !search.model || t.model === search.model);
  const models = [...new Set(items.map((t) => t.model))].toSorted();
  const move = (by: number) => {
    const next = Math.min(shown.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`ab-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const t = shown[active];
      if (t && isIdle())
        void navigate({ to: '/models/$model/ab-tests/$test', params: { model: t.model, test: t.id } });
    },
  });
  const told = testsFinding(items);
  return (
    <>
      <h1 className="page-sentence">
        <strong>{told.lead}</strong> <Ticked text={told.rest} />
      </h1>
      {items.length === 0 ? (
        <div className="panel">
          <Empty title="Two versions are compared on the same traffic, split by user.">
            <code>kind: ab_test</code> declares one; <code>trimtab ab-test start</code> begins it.
          </Empty>
        </div>
      ) : (
        <>
          <div className="controls">
            {models.length > 1 && (
              <Choice
                label="Model"
                value={search.model ?? ''}
                options={[{ value: '', label: 'All models' }, ...models.map((m) => ({ value: m, label: m }))]}
                onChange={(v) => onChange({ model: v || undefined })}
              />
            )}
            <span className="table-hint" aria-hidden="true">
              <kbd>J</kbd>
              <kbd>K</kbd> move <kbd>↵</kbd> open
            </span>
          </div>
          <ScrollX label="A/B tests">
            <table className="plain-table is-page">
              <thead>
                <tr>
                  <th scope="col">Test</th>
                  <th scope="col">Champion against challenger</th>
                  <th scope="col">Primary metric, always-valid 95% interval</th>
                  <th scope="col" className="num">
                    Exposed
                  </th>
                  <th scope="col">Sample ratio</th>
                  <th scope="col">Decision</th>
                  <th scope="col">Began</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((t, i) => (
                  <AbRow key={t.id} t={t} idx={i} isActive={i === active} zone={zone} />
                ))}
              </tbody>
            </table>
          </ScrollX>
        </>
      )}
      <Planner />
    </>
  );
}

interface AbRowProps {
  t: AbTestSummary;
  idx: number;
  isActive: boolean;
  zone: string;
}

function AbRow({ t, idx, isActive, zone }: AbRowProps) {
  const p = t.primary;
  return (
    <tr id={`ab-${idx}`} className={isActive ? 'is-active' : undefined}>
      <th scope="row">
        <Link to="/models/$model/ab-tests/$test" params={{ model: t.model, test: t.id }}>
          {t.name}
        </Link>
        <small>{t.model}</small>
      </th>
      <td>
        <b className="version is-champion">{t.champion}</b> <span className="quiet">against</span>{' '}
        <b className="version is-challenger">{t.challenger}</b>
      </td>
      <td className="check-interval">
        {p && p.effect !== null ? (
          <>
            <Interval value={p.effect} low={p.low} high={p.high} hasZero tone={measureTone(p.verdict)} />
            <small>
              <b>{changeIn(p.unit, p.effect)}</b> {p.title.toLowerCase()}
            </small>
          </>
        ) : (
          <span className="quiet">too little data for an interval</span>
        )}
      </td>
      <td className="num">{t.is_shadow ? plural(t.n_exposed, 'day') : exact(t.n_exposed)}</td>
      <td>
        <RatioState t={t} />
      </td>
      <td>
        <span className={`verdict is-${decisionKinds[t.decision]}`}>
          <Mark kind={decisionKinds[t.decision]} size={12} /> {decisionWords[t.decision]}
        </span>
      </td>
      <td>{day(t.began_at, zone)}</td>
    </tr>
  );
}

function RatioState({ t }: { t: AbTestSummary }) {
  if (!t.sample_ratio)
    return (
      <span className="quiet">{t.is_shadow ? 'shadow: every row on both sides' : 'not looked at yet'}</span>
    );
  const { ok } = t.sample_ratio;
  return (
    <span className={`verdict is-${ok ? 'ok' : 'critical'}`}>
      <Mark kind={ok ? 'ok' : 'critical'} size={12} /> {ok ? 'As planned' : 'Mismatch'}
    </span>
  );
}
