import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { type Asked, fleetQuery, modelQuery } from '../../api/queries';
import type { ModelDetail, Range } from '../../api/shapes';
import { SharedCursor } from '../../charts/cursor';
import { words } from '../../lib/format';
import { resolveMoment, type TimeSearch } from '../../lib/search';
import { instant, spanName } from '../../lib/time';
import { Page } from '../../shell/Page';
import { togglePin, usePins } from '../../shell/pins';
import { chosenZone } from '../../shell/zone';
import { Icon } from '../../ui/Icon';
import { hasPlace } from '../../shell/places';
import { StatusMark } from '../../ui/Mark';
import { Failure } from '../../ui/states';
import { modelNow } from '../incidents/age';

export type Tab = 'overview' | 'drift' | 'performance' | 'pipeline' | 'versions';

export interface ModelView {
  detail: ModelDetail | undefined;
  zone: string;
  /** What to ask the server for; relative times are already instants. */
  asked: Asked;
  /** False while a relative range still waits for the model's own clock. */
  ready: boolean;
  error: Error | null;
}

/** What every page of one model needs: its document, the zone, and the range as instants. */
export function useModelView(model: string, search: TimeSearch): ModelView {
  const query = useQuery(modelQuery(model));
  const detail = query.data;
  const isRelative = [search.from, search.to].some((v) => v?.startsWith('now'));
  const now = new Date(modelNow(detail)).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    detail,
    zone: chosenZone(search.tz, detail?.time_zone),
    asked: { from: resolveMoment(search.from, now), to: resolveMoment(search.to, now) },
    ready: !isRelative || detail !== undefined,
    error: query.error,
  };
}

const dayMs = 86_400_000;

/**
 * A link may name a moment without a range. When the default range does not hold that moment, the
 * page moves to the weeks around it.
 */
export function useRangeAround(
  at: string | undefined,
  range: Range | undefined,
  move: (change: TimeSearch) => void,
): void {
  const isOutside =
    at !== undefined && range !== undefined && range.is_default && (at < range.from || at >= range.to);
  const latest = useRef(move);
  useEffect(() => {
    latest.current = move;
  });
  useEffect(() => {
    if (!isOutside || at === undefined) return;
    const ms = Date.parse(at);
    latest.current({ from: instant(ms - 21 * dayMs), to: instant(ms + 9 * dayMs) });
  }, [at, isOutside]);
}

interface ModelPageProps {
  model: string;
  tab: Tab;
  view: ModelView;
  range: Range | undefined;
  search: TimeSearch;
  onTime: (change: TimeSearch) => void;
  /** A registered model need not be monitored: its page stands without the monitor's answer. */
  isOptional?: boolean;
  children: ReactNode;
}

const tabNames: Record<Tab, string> = {
  overview: 'Overview',
  drift: 'Drift',
  performance: 'Performance',
  pipeline: 'Pipeline',
  versions: 'Versions',
};

export function ModelPage(props: ModelPageProps) {
  const { model, tab, view, range, search, onTime, isOptional = false, children } = props;
  const { detail, zone } = view;
  const crumbs = [
    { text: 'Fleet', to: '/' as const },
    tab === 'overview' ? { text: model } : { text: model, to: '/models/$model' as const, params: { model } },
    ...(tab === 'overview' ? [] : [{ text: tabNames[tab] }]),
  ];
  return (
    <Page
      title={tab === 'overview' ? model : `${model} ${tabNames[tab].toLowerCase()}`}
      crumbs={crumbs}
      time={{
        zone,
        modelZone: detail?.time_zone ?? undefined,
        range,
        search,
        dataFrom: detail?.data_from,
        dataThrough: detail?.data_through,
        onChange: onTime,
      }}
    >
      <ModelHead model={model} tab={tab} detail={detail} search={search} />
      {view.error && !detail && !isOptional ? (
        <Failure error={view.error} what={`Model ${model}`} />
      ) : (
        <SharedCursor>
          {range && range.is_default && range.reason === 'data_is_old' && (
            <p className="data-end" role="note">
              <Icon name="clock" size={14} /> The data ends on{' '}
              <b>
                {spanName(
                  new Date(Date.parse(detail?.data_through ?? range.to) - 1).toISOString(),
                  detail?.data_through ?? range.to,
                  zone,
                )}
              </b>
              ; shown are its last weeks, {spanName(range.from, range.to, zone)}.
            </p>
          )}
          {children}
        </SharedCursor>
      )}
    </Page>
  );
}

function ModelHead({
  model,
  tab,
  detail,
  search,
}: {
  model: string;
  tab: Tab;
  detail: ModelDetail | undefined;
  search: TimeSearch;
}) {
  const row = useQuery(fleetQuery).data?.models.find((m) => m.model === model);
  const pinned = usePins().includes(model);
  const live = detail?.versions.find((v) => v.role === 'live');
  const kept = { from: search.from, to: search.to, tz: search.tz };
  return (
    <>
      <div className="model-head">
        {row && <StatusMark status={row.status} size={16} />}
        <h1>{model}</h1>
        <span className="model-meta">
          {[
            detail && detail.display_name !== model ? detail.display_name : null,
            row?.version ?? live?.version,
            detail?.task && words(detail.task).toLowerCase(),
            detail?.owner,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
        <button
          type="button"
          className="icon-button"
          aria-pressed={pinned}
          aria-label={pinned ? `Unpin ${model}` : `Pin ${model} to the sidebar`}
          title={pinned ? 'Unpin' : 'Pin to the sidebar'}
          onClick={() => togglePin(model)}
        >
          <Icon name="pin" size={15} />
        </button>
      </div>
      <nav className="tabs" aria-label={`Views of ${model}`}>
        <Link
          to="/models/$model"
          params={{ model }}
          search={kept}
          aria-current={tab === 'overview' ? 'page' : undefined}
          activeOptions={{ exact: true, includeSearch: false }}
        >
          Overview
        </Link>
        <Link
          to="/models/$model/drift"
          params={{ model }}
          search={kept}
          aria-current={tab === 'drift' ? 'page' : undefined}
        >
          Drift {row && row.drift.n_drifted > 0 && <b className="badge is-critical">{row.drift.n_drifted}</b>}
        </Link>
        <Link
          to="/models/$model/performance"
          params={{ model }}
          search={kept}
          aria-current={tab === 'performance' ? 'page' : undefined}
        >
          Performance
        </Link>
        {hasPlace('/pipelines') && (
          <Link
            to="/models/$model/pipeline"
            params={{ model }}
            search={{ tz: search.tz }}
            aria-current={tab === 'pipeline' ? 'page' : undefined}
          >
            Pipeline
          </Link>
        )}
        {hasPlace('/registry') && (
          <Link
            to="/models/$model/versions"
            params={{ model }}
            search={{ tz: search.tz }}
            aria-current={tab === 'versions' ? 'page' : undefined}
          >
            Versions
          </Link>
        )}
      </nav>
    </>
  );
}
