import { browserZone } from '../lib/time';

/** The zone of the address, else the model's, else the browser's. */
export function chosenZone(tz: string | undefined, modelZone: string | null | undefined): string {
  if (tz === 'local') return browserZone();
  return tz ?? modelZone ?? browserZone();
}
