import type { Annotation, Range, Sentence } from '../src/api/shapes';
import { type Day, type ModelStory, stories } from './story';

export type Asked = URLSearchParams;

export const text = (plain: string): Sentence => ({ plain, parts: [{ text: plain }] });

export function storyOf(name: string): ModelStory | undefined {
  return stories.find((m) => m.name === name);
}

export function chosen(model: ModelStory, asked: Asked): { range: Range; days: Day[] } {
  const from = asked.get('from');
  const to = asked.get('to');
  const isDefault = !from && !to;
  const days = isDefault
    ? model.days.slice(-30)
    : model.days.filter(
        (d) =>
          (!from || Date.parse(d.start) >= Date.parse(from)) && (!to || Date.parse(d.start) < Date.parse(to)),
      );
  const first = days[0] ?? model.days.at(-1)!;
  const last = days.at(-1) ?? model.days.at(-1)!;
  return {
    range: {
      from: isDefault ? first.start : (from ?? first.start),
      to: isDefault ? last.end : (to ?? last.end),
      time_zone: model.time_zone,
      is_default: isDefault,
      reason: isDefault ? 'data_is_old' : null,
    },
    days,
  };
}

export function annotations(model: ModelStory, days: Day[]): Annotation[] {
  if (model.name !== 'flights') return [];
  const all: Annotation[] = [
    { at: '2013-06-01T04:00:00Z', kind: 'incident', text: '#2 temp drifts', incident_id: 'inc_2' },
    { at: '2013-08-14T04:00:00Z', kind: 'incident', text: '#5 slow answers', incident_id: 'inc_5' },
    { at: '2013-09-01T04:00:00Z', kind: 'deploy', text: 'v2 in shadow', incident_id: null },
    { at: '2013-09-09T04:00:00Z', kind: 'incident', text: '#6 AUC fell', incident_id: 'inc_6' },
    { at: '2013-12-09T05:00:00Z', kind: 'incident', text: '#9 inputs drift', incident_id: 'inc_9' },
  ];
  const lo = days[0]?.start ?? '';
  const hi = days.at(-1)?.end ?? '';
  return all.filter((a) => a.at >= lo && a.at < hi);
}
