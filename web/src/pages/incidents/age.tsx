import type { IncidentSummary } from '../../api/shapes';
import { duration } from '../../lib/format';
import { moment } from '../../lib/time';

/** A model's own now: its newest data when it lives by event time, else the wall clock. */
export function modelNow(
  model: { clock?: 'live' | 'event' | null; data_through?: string | null } | undefined,
): number {
  return model?.clock === 'event' && model.data_through ? Date.parse(model.data_through) : Date.now();
}

/** "Sat 14 Nov, 06:00, for 2 d 4 h" */
export function ageText(
  i: Pick<IncidentSummary, 'opened_at' | 'resolved_at'>,
  model: Parameters<typeof modelNow>[0],
  zone: string,
): string {
  const end = i.resolved_at ? Date.parse(i.resolved_at) : modelNow(model);
  const length = end - Date.parse(i.opened_at);
  return `${moment(i.opened_at, zone)}${length > 0 ? `, for ${duration(length)}` : ''}`;
}

interface AgeProps {
  of: Pick<IncidentSummary, 'opened_at' | 'resolved_at'>;
  model: Parameters<typeof modelNow>[0];
  zone: string;
}

/** Since when and for how long; the exact instant and the zone stand in the title. */
export function Age({ of, model, zone }: AgeProps) {
  return (
    <time dateTime={of.opened_at} title={`${of.opened_at}, shown in ${zone}`}>
      {ageText(of, model, zone)}
    </time>
  );
}
