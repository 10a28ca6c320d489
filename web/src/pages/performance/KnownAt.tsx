import { useState } from 'react';
import type { Performance } from '../../api/shapes';
import { clockAt, dateField, day, fromDateField, instant, moment, monthName, time } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

interface KnownAtProps {
  data: Performance;
  dataFrom: string | null | undefined;
  zone: string;
  value: string | undefined;
  onChange: (at: string | undefined) => void;
}

/** The last second of a day: what was known by then, named by that day. */
const endOf = (nextMidnight: string) => instant(Date.parse(nextMidnight) - 1000);

/** The end of every month between two instants, in the zone's days. */
export function monthEnds(from: string, to: string, zone: string): string[] {
  const ends: string[] = [];
  const start = clockAt(from, zone);
  for (let n = start.month; ; n++) {
    const date = new Date(Date.UTC(start.year, n, 1)).toISOString().slice(0, 10);
    const end = fromDateField(date, zone);
    if (end > to || ends.length > 240) return ends;
    ends.push(endOf(end));
  }
}

/** A day when the moment is its end, else the moment itself. */
const knownName = (at: string, zone: string) =>
  time(at, zone) === '23:59' ? day(at, zone) : moment(at, zone);

/** "What could we know on that evening?": labels that came later are left out. */
export function KnownAt({ data, dataFrom, zone, value, onChange }: KnownAtProps) {
  const ends = monthEnds(dataFrom ?? data.range.from, data.labels_through ?? data.range.to, zone).slice(-9);
  return (
    <Popover
      label="As known on"
      align="left"
      button={
        <>
          <Icon name="clock" />
          {value ? knownName(value, zone) : 'today, with every label'}
          <Icon name="down" size={13} />
        </>
      }
    >
      {(close) => {
        const pick = (at: string | undefined) => {
          onChange(at);
          close();
        };
        return (
          <div className="range-menu">
            <div className="menu-list">
              <button type="button" aria-pressed={value === undefined} onClick={() => pick(undefined)}>
                Today
              </button>
              {ends.toReversed().map((end) => {
                const c = clockAt(end, zone);
                return (
                  <button key={end} type="button" aria-pressed={value === end} onClick={() => pick(end)}>
                    End of {monthName(c)} {c.year}
                  </button>
                );
              })}
            </div>
            <OtherDay
              key={value ?? ''}
              start={value ?? data.labels_through ?? data.range.to}
              zone={zone}
              onPick={pick}
            />
          </div>
        );
      }}
    </Popover>
  );
}

function OtherDay({ start, zone, onPick }: { start: string; zone: string; onPick: (at: string) => void }) {
  const [date, setDate] = useState(() => dateField(start, zone));
  return (
    <form
      className="range-custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (!date) return;
        const next = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
        onPick(endOf(fromDateField(next, zone)));
      }}
    >
      <label className="field">
        End of this day
        <input type="date" value={date} onChange={(e) => setDate(e.target.value)} />
      </label>
      <button type="submit" className="button is-primary" disabled={!date}>
        Show what was known
      </button>
    </form>
  );
}
