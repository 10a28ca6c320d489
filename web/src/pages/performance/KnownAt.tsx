import { useState } from 'react';
import type { Performance } from '../../api/shapes';
import { clockAt, dateField, day, fromDateField, instant, monthName } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

interface KnownAtProps {
  data: Performance;
  zone: string;
  value: string | undefined;
  onChange: (at: string | undefined) => void;
}

/** "What could we know on that evening?": labels that came later are left out. */
export function KnownAt({ data, zone, value, onChange }: KnownAtProps) {
  const last = (at: string) => instant(Date.parse(at) - 1);
  const ends = data.months.slice(-9).map((m) => m.end);
  return (
    <Popover
      label="As known on"
      align="left"
      button={
        <>
          <Icon name="clock" />
          {value ? day(last(value), zone) : 'today, with every label'}
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
              <button type="button" aria-pressed={value === undefined} onClick={() => pick(undefined)}>Today</button>
              {ends.toReversed().map((end) => {
                const c = clockAt(last(end), zone);
                return <button key={end} type="button" aria-pressed={value === end} onClick={() => pick(end)}>End of {monthName(c)} {c.year}</button>;
              })}
            </div>
            <OtherDay key={value ?? ''} start={last(value ?? data.labels_through ?? data.range.to)} zone={zone} onPick={pick} />
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
        onPick(fromDateField(next, zone));
      }}
    >
      <label className="field">End of this day<input type="date" value={date} onChange={(e) => setDate(e.target.value)} /></label>
      <button type="submit" className="button is-primary" disabled={!date}>Show what was known</button>
    </form>
  );
}
