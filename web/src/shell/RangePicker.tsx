import { useState } from 'react';
import type { Range } from '../api/shapes';
import type { TimeSearch } from '../lib/search';
import { browserZone, dateField, fromDateField, spanName, zoneName } from '../lib/time';
import { Icon } from '../ui/Icon';
import { Popover } from '../ui/Popover';
import type { TimeControl } from './TopBar';

const presets: [string, string][] = [
  ['now-24h', 'Last 24 hours'],
  ['now-7d', 'Last 7 days'],
  ['now-14d', 'Last 14 days'],
  ['now-30d', 'Last 30 days'],
  ['now-90d', 'Last 90 days'],
];

function rangeLabel(search: TimeSearch, range: Range, zone: string): string {
  const preset = presets.find(([from]) => from === search.from && search.to === undefined);
  return preset ? preset[1] : spanName(range.from, range.to, zone);
}

/** Presets count back from the newest data, not from the wall clock, when the data is old. */
export function RangePicker({ time, range }: { time: TimeControl; range: Range }) {
  const { zone, search } = time;
  return (
    <Popover
      label="Time range and zone"
      className="button range-button"
      button={
        <>
          <Icon name="clock" />
          <span>{rangeLabel(search, range, zone)}</span>
          <span className="zone">{zoneName(zone)}</span>
          <Icon name="down" size={13} />
        </>
      }
    >
      {(close) => (
        <div className="range-menu">
          <div className="menu-list">
            {presets.map(([from, label]) => (
              <button
                key={from}
                type="button"
                aria-pressed={search.from === from}
                onClick={() => {
                  time.onChange({ from, to: undefined });
                  close();
                }}
              >
                {label}
              </button>
            ))}
            {time.dataFrom && time.dataThrough && (
              <button
                type="button"
                onClick={() => {
                  time.onChange({ from: time.dataFrom ?? undefined, to: time.dataThrough ?? undefined });
                  close();
                }}
              >
                All data
              </button>
            )}
            <button
              type="button"
              aria-pressed={search.from === undefined}
              onClick={() => {
                time.onChange({ from: undefined, to: undefined });
                close();
              }}
            >
              Newest windows
            </button>
          </div>
          <div className="range-custom">
            <CustomRange
              key={`${range.from}${range.to}${zone}`}
              range={range}
              zone={zone}
              onApply={(change) => {
                time.onChange(change);
                close();
              }}
            />
            <ZoneList time={time} />
          </div>
        </div>
      )}
    </Popover>
  );
}

function CustomRange({
  range,
  zone,
  onApply,
}: {
  range: Range;
  zone: string;
  onApply: (change: TimeSearch) => void;
}) {
  const [from, setFrom] = useState(() => dateField(range.from, zone));
  const [last, setLast] = useState(() => dateField(new Date(Date.parse(range.to) - 1).toISOString(), zone));
  const wrong = !from || !last || last < from;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong) return;
        const dayAfter = new Date(Date.parse(`${last}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
        onApply({ from: fromDateField(from, zone), to: fromDateField(dayAfter, zone) });
      }}
    >
      <label className="field">
        First day
        <input type="date" value={from} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label className="field">
        Last day
        <input type="date" value={last} onChange={(e) => setLast(e.target.value)} />
      </label>
      {wrong && <p className="field-error">The last day comes before the first.</p>}
      <button type="submit" className="button is-primary" disabled={wrong}>
        Show these days
      </button>
    </form>
  );
}

export function ZonePicker({ time }: { time: TimeControl }) {
  return (
    <Popover
      label="Time zone"
      button={
        <>
          <Icon name="clock" />
          <span className="zone is-alone">{zoneName(time.zone)}</span>
          <Icon name="down" size={13} />
        </>
      }
    >
      {() => <ZoneList time={time} />}
    </Popover>
  );
}

function ZoneList({ time }: { time: TimeControl }) {
  const own = browserZone();
  const options: { value: string | undefined; text: string; note: string }[] = [
    time.modelZone
      ? { value: undefined, text: zoneName(time.modelZone), note: 'the model’s zone' }
      : { value: undefined, text: zoneName(own), note: 'this browser’s zone' },
  ];
  if ((time.modelZone ?? own) !== 'UTC') options.push({ value: 'UTC', text: 'UTC', note: '' });
  if (time.modelZone && own !== time.modelZone && own !== 'UTC')
    options.push({ value: 'local', text: zoneName(own), note: 'this browser’s zone' });
  return (
    <fieldset className="zone-list">
      <legend>Times shown in</legend>
      {options.map((o) => (
        <label key={o.text}>
          <input
            type="radio"
            name="zone"
            checked={
              (time.search.tz ?? undefined) === o.value || (o.value !== undefined && time.zone === o.value)
            }
            onChange={() => time.onChange({ tz: o.value })}
          />
          {o.text} {o.note && <span>{o.note}</span>}
        </label>
      ))}
    </fieldset>
  );
}
