import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { acts, pipelineQuery, pipelinesQuery } from '../../api/loop';
import type { Pipeline, PipelineSummary } from '../../api/loop_shapes';
import { day } from '../../lib/time';
import { ReasonDialog } from '../../ui/ConfirmDialog';
import { Icon } from '../../ui/Icon';
import { Mark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { Sentence } from '../../ui/Sentence';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { ModelPage, useModelView } from '../model/ModelPage';
import { useAct, useMayAct } from './acts';
import { ChecksTable } from './ChecksTable';
import { Decisions } from './Decisions';
import { PipelineActions } from './PipelineActions';
import { RunPanel } from './RunPanel';
import { Stepper } from './Stepper';
import { TrafficPanel } from './TrafficPanel';
import { sortedPipelines } from './PipelinesPage';
import { isOver, pipelineKinds, pipelineWords } from './words';

export const Route = createLazyRoute('/models/$model/pipeline')({ component: PipelinePage });

function PipelinePage() {
  const { model } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const view = useModelView(model, search);
  const list = useQuery({ ...pipelinesQuery({ model }), refetchInterval: 10_000 });
  const items = list.data?.items ?? [];
  const chosen = search.run ?? sortedPipelines(items)[0]?.id;
  return (
    <ModelPage
      model={model}
      tab="pipeline"
      view={view}
      range={undefined}
      search={search}
      isOptional
      onTime={(c) => void navigate({ search: (old) => ({ ...old, tz: c.tz }), replace: true })}
    >
      <Answered query={list} what={`Pipelines of ${model}`} height={500}>
        {() =>
          chosen === undefined ? (
            <FirstOne model={model} zone={view.zone} />
          ) : (
            <ChosenPipeline
              key={chosen}
              id={chosen}
              zone={view.zone}
              items={items}
              onChoose={(run) => void navigate({ search: (old) => ({ ...old, run }) })}
            />
          )
        }
      </Answered>
    </ModelPage>
  );
}

/** A model that was never retrained: what its policy thinks, and the way to start by hand. */
function FirstOne({ model, zone }: { model: string; zone: string }) {
  return (
    <div className="stack is-spaced">
      <div className="panel">
        <Empty title={`${model} has not been retrained yet.`} action={<RetrainButton model={model} />}>
          Its policy watches alerts, signals, age and new labels; what it decided stands below.
        </Empty>
      </div>
      <Decisions model={model} zone={zone} />
    </div>
  );
}

export function RetrainButton({ model }: { model: string }) {
  const [open, setOpen] = useState(false);
  const act = useAct();
  const may = useMayAct();
  return (
    <>
      <button type="button" className="button" disabled={!may.edit} onClick={() => setOpen(true)}>
        <Icon name="refresh" /> Retrain {model}
      </button>
      <ReasonDialog
        title={`Retrain ${model}`}
        verb="Ask for retraining"
        open={open}
        onClose={() => setOpen(false)}
        onConfirm={(reason) => {
          setOpen(false);
          act({
            run: () => acts.retrain(model, reason),
            done: `Retraining of ${model} was asked for.`,
            failed: `${model} could not be retrained`,
          });
        }}
      >
        The policy’s guards hold for this run too: cooldown, budget, enough new labels, approval.
      </ReasonDialog>
    </>
  );
}

interface ChosenProps {
  id: string;
  zone: string;
  items: PipelineSummary[];
  onChoose: (id: string) => void;
}

function ChosenPipeline({ id, zone, items, onChoose }: ChosenProps) {
  const query = useQuery({ ...pipelineQuery(id), refetchInterval: 5000 });
  return (
    <Answered query={query} what={`Pipeline ${id}`} height={500}>
      {(p) => (
        <>
          <div className="finding-row">
            <p className="finding">
              <Mark kind={pipelineKinds[p.state]} size={16} word={pipelineWords[p.state]} />{' '}
              <Sentence told={p.sentence} />
            </p>
            <PipelineActions p={p} />
          </div>
          <Stepper
            stages={p.stages}
            zone={zone}
            label={`${p.model} ${p.version ?? 'candidate'}, from trigger to full`}
          />
          <Details p={p} zone={zone} items={items} onChoose={onChoose} />
        </>
      )}
    </Answered>
  );
}

function Details({ p, zone, items, onChoose }: Omit<ChosenProps, 'id'> & { p: Pipeline }) {
  return (
    <div className="stack is-spaced">
      {p.gate && <ChecksTable gate={p.gate} zone={zone} />}
      <div className="halves">
        {p.traffic && <TrafficPanel traffic={p.traffic} zone={zone} />}
        {p.run && <RunPanel run={p.run} zone={zone} />}
      </div>
      <div className="halves is-loose">
        <Decisions model={p.model} zone={zone} />
        <History items={items} chosen={p.id} zone={zone} onChoose={onChoose} model={p.model} />
      </div>
    </div>
  );
}

/** "14 runs, 9 shipped, 1 rolled back" */
export function historyNote(items: PipelineSummary[]): string {
  const n = (state: string) => items.filter((p) => p.state === state).length;
  return [
    `${items.length} in all`,
    n('shipped') > 0 && `${n('shipped')} shipped`,
    n('stopped') > 0 && `${n('stopped')} stopped`,
    n('rolled_back') > 0 && `${n('rolled_back')} rolled back`,
  ]
    .filter(Boolean)
    .join(', ');
}

interface HistoryProps {
  items: PipelineSummary[];
  chosen: string;
  zone: string;
  model: string;
  onChoose: (id: string) => void;
}

function History({ items, chosen, zone, model, onChoose }: HistoryProps) {
  const isBusy = items.some((p) => !isOver(p.state));
  return (
    <Panel title="Earlier and later" note={historyNote(items)}>
      <ul className="history-rows">
        {items.map((p) => (
          <li key={p.id}>
            <button
              type="button"
              aria-current={p.id === chosen ? 'true' : undefined}
              onClick={() => onChoose(p.id)}
            >
              <Mark kind={pipelineKinds[p.state]} size={13} />
              <b>{p.version ?? 'candidate'}</b>
              <span>{pipelineWords[p.state]}</span>
              <span className="history-cause">{p.cause && <Ticked text={p.cause} />}</span>
              <time dateTime={p.event_at ?? p.began_at}>{day(p.event_at ?? p.began_at, zone)}</time>
            </button>
          </li>
        ))}
      </ul>
      {!isBusy && (
        <div className="panel-foot">
          <RetrainButton model={model} />
        </div>
      )}
    </Panel>
  );
}
