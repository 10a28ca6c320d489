// Numbers of checks and measures, by their unit.
import { fixed, metric, percent, signed, significant } from './format';

/** A number as it stands: "0.701", "41 ms", "3.2%". */
export function inUnit(name: string, unit: string, v: number | null | undefined): string {
  if (v === null || v === undefined) return '–';
  switch (unit) {
    case 'ms':
      return `${fixed(v, Math.abs(v) < 10 ? 2 : 0)} ms`;
    case 'MB':
      return `${significant(v)} MB`;
    case 'share':
      return percent(v);
    case '':
      return metric(name, v);
    default:
      return `${significant(v)} ${unit}`;
  }
}

/** A change, with its sign; changes of a share are points. */
export function changeIn(unit: string, v: number | null | undefined): string {
  if (v === null || v === undefined) return '–';
  switch (unit) {
    case 'ms':
      return `${signed(v, Math.abs(v) < 10 ? 2 : 0)} ms`;
    case 'share':
      return `${signed(v * 100, Math.abs(v) < 0.001 ? 2 : 1)} pp`;
    case '':
      // An end of an interval on one side of zero must not be written as zero.
      return signed(v, v !== 0 && Math.abs(v) < 0.0005 ? 5 : Math.abs(v) >= 10 ? 1 : 3);
    default:
      return `${v > 0 ? '+' : ''}${significant(v)} ${unit}`;
  }
}
