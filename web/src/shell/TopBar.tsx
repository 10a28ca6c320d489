import { Link, useRouterState } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Range } from '../api/shapes';
import { useLive } from '../api/events';
import { duration } from '../lib/format';
import { stringifySearch, type TimeSearch } from '../lib/search';
import { browserZone, time as clockTime } from '../lib/time';
import { useNow } from '../ui/Ago';
import { Icon } from '../ui/Icon';
import { say } from '../ui/toasts';
import { RangePicker, ZonePicker } from './RangePicker';
import { setTheme, useTheme } from './theme';

export interface Crumb {
  text: string;
  to?: '/' | '/incidents' | '/pipelines' | '/registry' | '/experiments' | '/ab-tests' | '/models/$model';
  params?: { model: string };
  /** The experiment that the list of runs opens with. */
  experiment?: string;
}

export interface TimeControl {
  zone: string;
  /** The zone the model lives in; absent on pages without a model. */
  modelZone?: string | undefined;
  range?: Range | undefined;
  search: TimeSearch;
  dataFrom?: string | null | undefined;
  dataThrough?: string | null | undefined;
  onChange: (change: TimeSearch) => void;
}

export function TopBar({ crumbs, time }: { crumbs: Crumb[]; time?: TimeControl | undefined }) {
  return (
    <header className="topbar">
      <nav className="crumbs" aria-label="Breadcrumb">
        <ol>
          {crumbs.map((c, i) => (
            <Fragment key={`${i} ${c.text}`}>
              {i > 0 && (
                <li aria-hidden="true" className="crumb-gap">
                  <Icon name="right" size={12} />
                </li>
              )}
              <li aria-current={i === crumbs.length - 1 ? 'page' : undefined}>
                {c.to ? <CrumbLink crumb={c} /> : c.text}
              </li>
            </Fragment>
          ))}
        </ol>
      </nav>
      <div className="topbar-tools">
        <LiveChip zone={time?.zone ?? browserZone()} />
        {time?.range && <RangePicker time={time} range={time.range} />}
        {time && !time.range && <ZonePicker time={time} />}
        <CopyLink time={time} />
        <ThemeButton />
      </div>
    </header>
  );
}

function CrumbLink({ crumb }: { crumb: Crumb }) {
  if (crumb.experiment !== undefined)
    return (
      <Link to="/experiments" search={{ experiment: crumb.experiment }}>
        {crumb.text}
      </Link>
    );
  if (crumb.to === '/models/$model' && crumb.params)
    return (
      <Link to="/models/$model" params={crumb.params}>
        {crumb.text}
      </Link>
    );
  return (
    <Link to={crumb.to === undefined || crumb.to === '/models/$model' ? '/' : crumb.to}>{crumb.text}</Link>
  );
}

function LiveChip({ zone }: { zone: string }) {
  const live = useLive();
  const now = useNow();
  const age = live.at === null ? null : Math.max(0, now - live.at);
  if (live.state === 'lost') {
    return (
      <span className="live is-lost" role="status">
        <i />{' '}
        {live.at === null
          ? 'Reconnecting'
          : `Last data ${clockTime(new Date(live.at).toISOString(), zone)}, reconnecting`}
      </span>
    );
  }
  return (
    <span className={live.state === 'live' ? 'live' : 'live is-waiting'}>
      <i />{' '}
      {live.state === 'connecting'
        ? 'Connecting'
        : age === null || age < 8000
          ? 'Live'
          : `Live, ${duration(age)} ago`}
    </span>
  );
}

/** A link that shows the same thing tomorrow: times absolute, zone named. */
function CopyLink({ time }: { time?: TimeControl | undefined }) {
  const location = useRouterState({ select: (s) => s.location });
  const copy = async () => {
    const fixed = time?.range
      ? { from: time.range.from, to: time.range.to, tz: time.zone }
      : time?.search.tz
        ? { tz: time.zone }
        : {};
    const url = `${window.location.origin}${location.pathname}${stringifySearch({ ...location.search, ...fixed })}`;
    try {
      await navigator.clipboard.writeText(url);
      say('Link copied, with absolute times.');
    } catch {
      window.prompt('Copy this link', url);
    }
  };
  return (
    <button
      type="button"
      className="tool-button"
      aria-label="Copy link to this view"
      title="Copy link to this view"
      onClick={() => void copy()}
    >
      <Icon name="link" />
    </button>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      className="tool-button"
      aria-label={`Use ${other} theme`}
      title={`Use ${other} theme`}
      onClick={() => setTheme(other)}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}
