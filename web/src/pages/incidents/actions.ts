import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { respondToIncident, sessionQuery } from '../../api/queries';
import type { Fleet, IncidentDetail, IncidentList, IncidentSummary } from '../../api/shapes';
import { sentence } from '../../lib/format';
import { say } from '../../ui/toasts';

/** Unknown until the session is read; the server decides in any case. */
export function useMayRespond(): boolean {
  const session = useQuery(sessionQuery).data;
  return session === undefined || session.permissions.some((p) => p === 'respond' || p === 'admin');
}

type Action = 'acknowledge' | 'resolve';
interface Asked {
  incident: IncidentSummary;
  action: Action;
  note?: string;
}

function useRespond() {
  const client = useQueryClient();
  const actor = useQuery(sessionQuery).data?.actor ?? 'you';
  return useMutation({
    mutationFn: ({ incident, action, note }: Asked) => respondToIncident(incident.id, action, note),
    onMutate: ({ incident, action }) => {
      if (action !== 'acknowledge') return;
      // Shown at once; the answer or the refresh after it has the last word.
      const change = <T extends IncidentSummary>(i: T): T =>
        i.id === incident.id && i.state === 'open'
          ? { ...i, state: 'acknowledged', acknowledged_by: actor }
          : i;
      client.setQueryData<Fleet>(['fleet'], (f) => f && { ...f, attention: f.attention.map(change) });
      client.setQueriesData<IncidentList>(
        { queryKey: ['incidents'] },
        (l) => l && { ...l, items: l.items.map(change) },
      );
      client.setQueryData<IncidentDetail>(['incident', incident.id], (i) => i && change(i));
    },
    onSuccess: (_, { incident, action }) =>
      say(action === 'acknowledge' ? `#${incident.number} acknowledged.` : `#${incident.number} resolved.`),
    onError: (error, { incident, action }) =>
      say(
        `#${incident.number} could not be ${action === 'acknowledge' ? 'acknowledged' : 'resolved'}: ${sentence(error.message)}`,
        true,
      ),
    onSettled: (_d, _e, { incident }) => {
      for (const queryKey of [
        ['fleet'],
        ['incidents'],
        ['incident', incident.id],
        ['model', incident.model, 'overview'],
      ])
        void client.invalidateQueries({ queryKey });
    },
  });
}

export function useAcknowledge(): (incident: IncidentSummary, note?: string) => void {
  const { mutate } = useRespond();
  return (incident, note) => mutate({ incident, action: 'acknowledge', note });
}

export function useResolve(): (incident: IncidentSummary, note?: string) => void {
  const { mutate } = useRespond();
  return (incident, note) => mutate({ incident, action: 'resolve', note });
}
