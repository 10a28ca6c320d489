import type { Change, IncidentDetail, IncidentSummary, Sentence, Series } from '../src/api/shapes';
import { normal, random, round } from './random';

const plain = (text: string): Sentence => ({ plain: text, parts: [{ text }] });

type Told = Omit<IncidentSummary, 'link' | 'id' | 'known_opened_at'>;

const told: Told[] = [
  {
    number: 9,
    model: 'flights',
    monitor: 'performance',
    kind: 'performance',
    title: 'ROC AUC fell below 0.700',
    severity: 'critical',
    state: 'open',
    opened_at: '2013-12-19T05:00:00Z',
    resolved_at: null,
    acknowledged_by: null,
    n_alerts: 5,
    columns: [],
    for_whom: 'All traffic, 640 flights a day',
    sentence: {
      plain: '',
      parts: [
        { text: 'The mean of 14 days is 0.671; the reference is 0.738. ' },
        { ref: { kind: 'column', id: 'origin_delay_2h', model: 'flights' }, text: 'origin_delay_2h' },
        { text: ' and the score drift at the same time.' },
      ],
    },
  },
  {
    number: 8,
    model: 'flights',
    monitor: 'data_drift',
    kind: 'drift',
    title: '4 of 18 columns drifted',
    severity: 'high',
    state: 'acknowledged',
    opened_at: '2013-12-09T05:00:00Z',
    resolved_at: null,
    acknowledged_by: 'local user',
    n_alerts: 22,
    columns: ['origin_delay_2h', 'score', 'prediction', 'visib'],
    for_whom: 'All traffic',
    sentence: {
      plain: '',
      parts: [
        { ref: { kind: 'column', id: 'origin_delay_2h', model: 'flights' }, text: 'origin_delay_2h' },
        { text: ' moved most: Wasserstein over IQR 0.22, floor 0.1.' },
      ],
    },
  },
  {
    number: 7,
    model: 'churn_propensity',
    monitor: 'data_quality',
    kind: 'data_quality',
    title: 'tenure_months is missing in 3.1% of rows',
    severity: 'medium',
    state: 'open',
    opened_at: '2013-12-29T09:00:00Z',
    resolved_at: null,
    acknowledged_by: null,
    n_alerts: 1,
    columns: ['tenure_months'],
    for_whom: 'All traffic',
    sentence: plain('The missing share was 0.2% for 60 days.'),
  },
  {
    number: 6,
    model: 'flights',
    monitor: 'performance',
    kind: 'performance',
    title: 'ROC AUC fell below 0.700',
    severity: 'critical',
    state: 'resolved',
    opened_at: '2013-09-09T04:00:00Z',
    resolved_at: '2013-10-14T04:00:00Z',
    acknowledged_by: 'local user',
    n_alerts: 35,
    columns: [],
    for_whom: 'All traffic',
    sentence: plain(
      'The mean of 14 days fell to 0.631 while accuracy rose to 0.853: late flights were rarer.',
    ),
  },
  {
    number: 5,
    model: 'flights',
    monitor: 'service',
    kind: 'service',
    title: 'p95 latency above 80 ms',
    severity: 'high',
    state: 'resolved',
    opened_at: '2013-08-14T16:00:00Z',
    resolved_at: '2013-08-14T22:00:00Z',
    acknowledged_by: null,
    n_alerts: 6,
    columns: [],
    for_whom: 'All traffic',
    sentence: plain('Answers were six times slower between 12:00 and 18:00.'),
  },
  {
    number: 2,
    model: 'flights',
    monitor: 'data_drift',
    kind: 'drift',
    title: 'temp drifted',
    severity: 'medium',
    state: 'resolved',
    opened_at: '2013-06-01T04:00:00Z',
    resolved_at: '2013-10-20T04:00:00Z',
    acknowledged_by: null,
    n_alerts: 141,
    columns: ['temp'],
    for_whom: 'All traffic',
    sentence: plain('Temperature left the range of the reference.'),
  },
];

let incidents: IncidentSummary[] = [];

/** Puts every incident back to its first state; the journeys start from here. */
export function resetIncidents(): void {
  const now = Date.now();
  incidents = told.map((t) => ({
    ...t,
    id: `inc_${t.number}`,
    link: `/incidents/inc_${t.number}`,
    known_opened_at: new Date(now - t.number * 311_000).toISOString(),
  }));
}
resetIncidents();

export const currentIncidents = () => incidents;

export function act(id: string, action: 'acknowledge' | 'resolve'): IncidentSummary | null {
  const found = incidents.find((i) => i.id === id);
  if (!found) return null;
  if (action === 'acknowledge' && found.state === 'open')
    Object.assign(found, { state: 'acknowledged', acknowledged_by: 'local user' });
  if (action === 'resolve' && found.state !== 'resolved')
    Object.assign(found, { state: 'resolved', resolved_at: '2013-12-31T05:00:00Z' });
  return found;
}

export function detail(id: string): IncidentDetail | null {
  const i = incidents.find((x) => x.id === id);
  if (!i) return null;
  const next = random(id);
  const start = Date.parse(i.opened_at) - 24 * 86_400_000;
  const isPerformance = i.kind === 'performance';
  const series: Series = {
    name: isPerformance ? 'performance.roc_auc' : 'drift.effect',
    metric: isPerformance ? 'roc_auc' : 'effect over floor',
    unit: null,
    good_direction: isPerformance ? 'up' : 'down',
    reference_value: isPerformance ? 0.738 : null,
    floor: isPerformance ? 0.7 : 1,
    points: Array.from({ length: 36 }, (_, k) => {
      const at = start + k * 86_400_000;
      const late = Math.max(0, k - 22) / 10;
      const v = isPerformance
        ? 0.72 - 0.05 * Math.min(1, late) + 0.014 * normal(next)
        : 0.6 + 1.3 * Math.min(1.2, late) + 0.12 * normal(next);
      return {
        window_start: new Date(at).toISOString(),
        window_end: new Date(at + 86_400_000).toISOString(),
        v: round(v),
        lo: round(v - 0.03),
        hi: round(v + 0.03),
        n: 640,
        kind: 'measured' as const,
        gap: null,
        maturity: 0.97,
      };
    }),
  };
  const timeline: IncidentDetail['timeline'] = [
    {
      at: i.opened_at,
      known_at: i.known_opened_at,
      kind: 'opened',
      text: `Rule ${i.monitor} fired`,
      actor: null,
    },
    {
      at: i.opened_at,
      known_at: i.known_opened_at,
      kind: 'notified',
      text: 'Message sent to channel ops_webhook',
      actor: null,
    },
  ];
  if (i.acknowledged_by)
    timeline.push({
      at: i.opened_at,
      known_at: new Date().toISOString(),
      kind: 'acknowledged',
      text: 'Acknowledged',
      actor: i.acknowledged_by,
    });
  if (i.resolved_at)
    timeline.push({
      at: i.resolved_at,
      known_at: new Date().toISOString(),
      kind: 'resolved',
      text: 'Back inside its limits',
      actor: null,
    });
  return {
    ...i,
    what: i.title,
    since: i.opened_at,
    why: i.sentence,
    playbook: null,
    next:
      i.state === 'resolved'
        ? 'Nothing is left to do.'
        : 'It resolves by itself when three windows in a row are inside the limits.',
    evidence: (i.columns.length > 0 ? i.columns : ['roc_auc']).map((column) =>
      i.columns.length > 0
        ? {
            column,
            metric: null,
            text: 'effect above its floor, adjusted p-value 0.0004',
            link: `/models/${i.model}/drift?feature=${column}&at=${i.opened_at}`,
          }
        : {
            column: null,
            metric: 'ROC AUC',
            text: 'mean of 14 days 0.671, reference 0.738, p-value 0.0007',
            link: `/models/${i.model}/performance?metric=roc_auc`,
          },
    ),
    timeline,
    series,
    notifications: [
      {
        channel: 'ops_webhook',
        kind: 'firing',
        state: 'delivered',
        attempts: 1,
        last_error: null,
        at: i.known_opened_at,
      },
      ...(i.resolved_at
        ? [
            {
              channel: 'ops_webhook',
              kind: 'resolved' as const,
              state: 'delivered' as const,
              attempts: 2,
              last_error: 'timed out after 5 s',
              at: new Date().toISOString(),
            },
          ]
        : []),
    ],
  };
}

export function changes(): Change[] {
  return [
    {
      at: '2013-12-29T09:00:00Z',
      kind: 'incident_opened',
      text: 'churn_propensity: tenure_months is missing',
      model: 'churn_propensity',
      incident_id: 'inc_7',
    },
    {
      at: '2013-12-19T05:00:00Z',
      kind: 'incident_opened',
      text: 'flights: ROC AUC fell below 0.700',
      model: 'flights',
      incident_id: 'inc_9',
    },
    {
      at: '2013-12-10T05:00:00Z',
      kind: 'incident_acknowledged',
      text: 'local user acknowledged #8',
      model: 'flights',
      incident_id: 'inc_8',
    },
    {
      at: '2013-10-14T04:00:00Z',
      kind: 'incident_resolved',
      text: 'flights: ROC AUC is back above its floor',
      model: 'flights',
      incident_id: 'inc_6',
    },
    {
      at: '2013-09-01T04:00:00Z',
      kind: 'model_applied',
      text: 'flights v2 runs in shadow',
      model: 'flights',
      incident_id: null,
    },
    {
      at: '2013-04-01T04:00:00Z',
      kind: 'reference_set',
      text: 'flights: reference march_2013, 20,152 rows',
      model: 'flights',
      incident_id: null,
    },
  ];
}
