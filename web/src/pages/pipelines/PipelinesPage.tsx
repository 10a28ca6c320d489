import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelinesQuery } from '../../api/loop';
import type { PipelineList, PipelineState, PipelineSummary } from '../../api/loop_shapes';
import { isIdle, useKeys } from '../../lib/keys';
import { pipelineStates, type PipelinesSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Ago } from '../../ui/Ago';
import { Choice, Segments } from '../../ui/Choice';
import { Mark } from '../../ui/Mark';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { Stepper } from './Stepper';
import { isOver, pipelineKinds, pipelineOrder, pipelineWords } from './words';

export const Route = createLazyRoute('/pipelines')({ component: PipelinesPage });

function PipelinesPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery({ ...pipelinesQuery({}), refetchInterval: 10_000 });
  const zone = chosenZone(search.tz, undefined);
  const change = (next: PipelinesSearch) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <Page
      title="Pipelines"
      crumbs={[{ text: 'Pipelines' }]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      <Answered query={query} what="Pipelines" height={500}>
        {(list) => <Body list={list} zone={zone} search={search} onChange={change} />}
      </Answered>
    </Page>
  );
}

interface BodyProps {
  list: PipelineList;
  zone: string;
  search: PipelinesSearch;
  onChange: (next: PipelinesSearch) => void;
}

/** What needs a person first; among equals the newest. */
export function sortedPipelines(items: PipelineSummary[]): PipelineSummary[] {
  const rank = (p: PipelineSummary) =>
    isOver(p.state) ? pipelineOrder.length : pipelineOrder.indexOf(p.state);
  return items.toSorted((a, b) => rank(a) - rank(b) || b.began_at.localeCompare(a.began_at));
}

function Body({ list, zone, search, onChange }: BodyProps) {
  const [active, setActive] = useState(-1);
  const navigate = Route.useNavigate();
  const models = [...new Set(list.items.map((p) => p.model))].toSorted();
  const ofModel = list.items.filter((p) => !search.model || p.model === search.model);
  const shown = sortedPipelines(ofModel.filter((p) => !search.state || p.state === search.state));
  const move = (by: number) => {
    const next = Math.min(shown.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`pipeline-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const p = shown[active];
      if (p && isIdle())
        void navigate({ to: '/models/$model/pipeline', params: { model: p.model }, search: { run: p.id } });
    },
  });
  const count = (s: PipelineState) => ofModel.filter((p) => p.state === s).length;
  return (
    <>
      <h1 className="page-sentence">
        <Sentence told={list.sentence} />
      </h1>
      {list.items.length === 0 ? (
        <div className="panel">
          <NoPipelines />
        </div>
      ) : (
        <>
          <div className="controls">
            <Segments<PipelineState | 'all'>
              label="Show pipelines that are"
              value={search.state ?? 'all'}
              onChange={(v) => onChange({ state: v === 'all' ? undefined : v })}
              options={[
                { value: 'all' as const, label: `All ${ofModel.length}` },
                ...pipelineStates
                  .filter((s) => count(s) > 0 || s === search.state)
                  .map((s) => ({
                    value: s,
                    name: `${pipelineWords[s]}, ${count(s)}`,
                    label: (
                      <>
                        <Mark kind={pipelineKinds[s]} size={12} /> {pipelineWords[s]} {count(s)}
                      </>
                    ),
                  })),
              ]}
            />
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
          {shown.length === 0 ? (
            <Empty
              title="No pipeline fits the filter."
              action={
                <button
                  type="button"
                  className="button"
                  onClick={() => onChange({ state: undefined, model: undefined })}
                >
                  Clear the filter
                </button>
              }
            />
          ) : (
            <ul className="panel pipeline-rows">
              {shown.map((p, i) => (
                <PipelineRow key={p.id} p={p} idx={i} isActive={i === active} zone={zone} />
              ))}
            </ul>
          )}
        </>
      )}
    </>
  );
}

function NoPipelines() {
  return (
    <Empty title="No model has been retrained yet.">
      A retraining policy says when one should be: <code>trimtab apply policy.yaml</code>, or{' '}
      <code>trimtab retrain MODEL --reason …</code> for one run by hand. Its way from trigger to production
      appears here.
    </Empty>
  );
}

function PipelineRow({
  p,
  idx,
  isActive,
  zone,
}: {
  p: PipelineSummary;
  idx: number;
  isActive: boolean;
  zone: string;
}) {
  return (
    <li id={`pipeline-${idx}`} className={isActive ? 'is-active' : undefined}>
      <Mark kind={pipelineKinds[p.state]} size={16} word={pipelineWords[p.state]} />
      <div className="pipeline-what">
        <h2>
          <Link to="/models/$model/pipeline" params={{ model: p.model }} search={{ run: p.id }}>
            {p.model} {p.version ?? 'candidate'}
          </Link>
        </h2>
        <p>
          <Sentence told={p.sentence} />
        </p>
      </div>
      <div className="pipeline-when">
        <b>{pipelineWords[p.state]}</b>
        <span>
          {p.ended_at ? (
            <>
              ended <Ago at={p.ended_at} /> ago
            </>
          ) : (
            <>
              for <Ago at={p.began_at} />
            </>
          )}
        </span>
        {p.event_at && <span title="The model’s own clock">on data of {moment(p.event_at, zone)}</span>}
      </div>
      <Stepper
        stages={p.stages}
        zone={zone}
        label={`${p.model} ${p.version ?? 'candidate'}, from trigger to full`}
      />
    </li>
  );
}
