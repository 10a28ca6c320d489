import { useState } from 'react';
import { clockAt, fromDateField, instant, zoneName } from '../lib/time';

const two = (n: number) => String(n).padStart(2, '0');

/** An instant as a date-and-time field shows it, in a zone. */
export function fieldValue(iso: string, zone: string): string {
  const c = clockAt(iso, zone);
  return `${c.year}-${two(c.month)}-${two(c.day)}T${two(c.hour)}:${two(c.minute)}`;
}

/** What the field holds, as an instant; undefined while it is not whole. */
export function fieldInstant(value: string, zone: string): string | undefined {
  const found = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})/.exec(value);
  if (!found) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  // Counted on the wall clock: on the two days a year when it jumps, midnight plus hours is not it.
  let at = Date.parse(fromDateField(found[1] ?? '', zone)) + minutes * 60_000;
  const c = clockAt(at, zone);
  at += (minutes - c.hour * 60 - c.minute) * 60_000;
  return Number.isNaN(at) ? undefined : instant(at);
}

interface MomentFieldProps {
  label: string;
  value: string | undefined;
  zone: string;
  onChange: (at: string | undefined) => void;
}

/** A moment in the reader's zone; the address takes it once it is whole. */
export function MomentField({ label, value, zone, onChange }: MomentFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (value ? fieldValue(value, zone) : '');
  return (
    <label className="moment-field">
      {label}
      <input
        type="datetime-local"
        className="date-control"
        value={shown}
        onChange={(e) => {
          setDraft(e.target.value);
          const at = fieldInstant(e.target.value, zone);
          if (at !== undefined || e.target.value === '') onChange(at);
        }}
        onBlur={() => setDraft(null)}
      />
      <span className="zone">{zoneName(zone)}</span>
    </label>
  );
}
