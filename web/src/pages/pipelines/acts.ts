import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { sessionQuery } from '../../api/queries';
import { sentence } from '../../lib/format';
import { say } from '../../ui/toasts';

interface Act {
  run: () => Promise<unknown>;
  done: string;
  failed: string;
}

/** Does something to the loop, says how it went, and asks anew what it touched. */
export function useAct(): (act: Act) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (act: Act) => act.run(),
    onSuccess: (_, act) => say(act.done),
    onError: (error, act) => say(`${act.failed}: ${sentence(error.message)}`, true),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['loop'] });
      void client.invalidateQueries({ queryKey: ['chain'] });
    },
  });
  return (act) => mutate(act);
}

/** What this person may do here: change what serves, take it back. The server decides in any case. */
export function useMayAct(): { edit: boolean; respond: boolean } {
  const may = useQuery(sessionQuery).data?.permissions;
  const isAdmin = may === undefined || may.includes('admin');
  return { edit: isAdmin || may.includes('edit'), respond: isAdmin || may.includes('respond') };
}
