import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { registeredQuery, servingQuery } from '../../api/loop';
import type { ModelVersion, RegisteredModel } from '../../api/loop_shapes';
import { ServedLane, servedKinds, servedSpan } from '../../charts/ServedLane';
import type { VersionsSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { MomentField } from '../../ui/MomentField';
import { Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { Answered, Empty } from '../../ui/states';
import { modelNow } from '../incidents/age';
import { ModelPage, useModelView } from '../model/ModelPage';
import { DiffPanel } from './DiffPanel';
import { HistoryPanel } from './HistoryPanel';
import { VersionActions } from './VersionActions';
import { VersionPanel } from './VersionPanel';
import { VersionTable } from './VersionTable';

export const Route = createLazyRoute('/models/$model/versions')({ component: VersionsPage });

function VersionsPage() {
  const { model } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const view = useModelView(model, search);
  const query = useQuery(registeredQuery(model));
  return (
    <ModelPage
      model={model}
      tab="versions"
      view={view}
      range={undefined}
      search={search}
      isOptional
      onTime={(c) => void navigate({ search: (old) => ({ ...old, tz: c.tz }), replace: true })}
    >
      <Answered query={query} what={`The versions of ${model}`} height={500}>
        {(data) => (
          <Body
            data={data}
            zone={view.zone}
            now={modelNow(view.detail)}
            search={search}
            onChange={(next) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })}
          />
        )}
      </Answered>
    </ModelPage>
  );
}

export const championOf = (data: RegisteredModel) =>
  data.aliases.find((a) => a.alias === 'champion')?.version ?? null;

interface BodyProps {
  data: RegisteredModel;
  zone: string;
  /** On the model's own clock. */
  now: number;
  search: VersionsSearch;
  onChange: (next: VersionsSearch) => void;
}

function Body({ data, zone, now: until, search, onChange }: BodyProps) {
  const champion = championOf(data);
  const find = (label: string | undefined) => data.versions.find((v) => v.version === label);
  const chosen: ModelVersion | undefined =
    find(search.version) ?? find(champion ?? undefined) ?? data.versions[0];
  if (!chosen)
    return (
      <div className="panel is-spaced">
        <Empty title={`${data.model} has no version yet.`}>
          Versions appear as soon as a run registers one, or by{' '}
          <code>trimtab model register {data.model} --onnx model.onnx</code>.
        </Empty>
      </div>
    );
  const challenger = data.aliases.find((a) => a.alias === 'challenger')?.version;
  const before = data.served.findLast((s) => s.version !== champion)?.version;
  const older = data.versions[data.versions.indexOf(chosen) + 1];
  const other =
    find(search.with) ??
    (chosen.version === champion
      ? (find(challenger) ?? find(before) ?? older ?? data.versions.find((v) => v !== chosen))
      : find(champion ?? undefined)) ??
    older;
  const now = data.served.findLast((s) => s.to === null);
  return (
    <>
      <div className="finding-row">
        <p className="finding">
          {now ? (
            <>
              <strong>
                {now.version} serves {data.model}
              </strong>{' '}
              since {moment(now.from, zone)}, {servedKinds[now.kind]} by {now.actor}
              {now.reason ? (
                <>
                  : <Ticked text={now.reason} />
                </>
              ) : (
                '.'
              )}
            </>
          ) : (
            <>
              <strong>No version of {data.model} is the champion.</strong> Nothing is served by alias.
            </>
          )}
        </p>
        <VersionActions data={data} chosen={chosen} champion={champion} />
      </div>
      <div className="stack">
        <Panel
          title="What served when"
          note={<AtQuestion model={data.model} zone={zone} at={search.at} onChange={onChange} />}
        >
          {data.served.length > 0 ? (
            <ServedLane
              served={data.served}
              zone={zone}
              at={search.at}
              span={servedSpan(data.served, until)}
              hasAxis
              label={`Champions of ${data.model}: ${data.served.map((s) => s.version).join(', then ')}`}
            />
          ) : (
            <Empty title="Nothing has served by alias yet." />
          )}
        </Panel>
        <VersionTable
          versions={data.versions}
          chosen={chosen.version}
          zone={zone}
          model={data.model}
          onChoose={(version) => onChange({ version })}
        />
        <VersionPanel v={chosen} model={data.model} zone={zone} />
        <div className="halves is-loose">
          {other && (
            <DiffPanel
              model={data.model}
              versions={data.versions}
              chosen={chosen}
              other={other}
              onChange={onChange}
            />
          )}
          <HistoryPanel events={data.history} zone={zone} model={data.model} />
        </div>
      </div>
    </>
  );
}

interface AtProps {
  model: string;
  zone: string;
  at: string | undefined;
  onChange: (next: VersionsSearch) => void;
}

/** "What served on this date?", answered by the server from the history. */
function AtQuestion({ model, zone, at, onChange }: AtProps) {
  const query = useQuery({ ...servingQuery(model, at ?? ''), enabled: at !== undefined });
  const found = at === undefined ? undefined : query.data;
  return (
    <span className="at-question">
      <MomentField
        label="What served on"
        value={at}
        zone={zone}
        onChange={(next) => onChange({ at: next })}
      />
      <output aria-live="polite">
        {found &&
          (found.version === null ? (
            <>
              → <b>nothing</b>
            </>
          ) : (
            <>
              → <b>{found.version}</b>
              {found.since && `, since ${moment(found.since, zone)}`}
              {found.actor && `, by ${found.actor}`}
            </>
          ))}
        {query.error && at !== undefined && 'the registry did not answer'}
      </output>
    </span>
  );
}
