import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { pageOf, testOf, type WireListed, type WirePage } from './ab';
import { ask } from './client';
import type * as Loop from './loop_shapes';

// Questions about the closed loop. As in queries.ts, a key starts with what an event names.

interface Items<T> {
  items: T[];
}
const of = (model: string) => `/api/v1/models/${encodeURIComponent(model)}`;
const registered = (model: string) => `/api/v1/registry/models/${encodeURIComponent(model)}`;

export const pipelinesQuery = (query: { model?: string; state?: string }) =>
  queryOptions({
    queryKey: ['loop', 'pipelines', query],
    queryFn: ({ signal }) => ask<Loop.PipelineList>('/api/v1/pipelines', { query, signal }),
    placeholderData: keepPreviousData,
  });

export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['loop', 'pipeline', id],
    queryFn: ({ signal }) => ask<Loop.Pipeline>(`/api/v1/pipelines/${encodeURIComponent(id)}`, { signal }),
  });

export const retrainingQuery = (model: string, id: string) =>
  queryOptions({
    queryKey: ['loop', 'retraining', model, id],
    queryFn: ({ signal }) =>
      ask<Loop.RetrainingDetail>(`${of(model)}/retraining/${encodeURIComponent(id)}`, { signal }),
  });

export const decisionsQuery = (model: string) =>
  queryOptions({
    queryKey: ['loop', 'decisions', model],
    queryFn: ({ signal }) =>
      ask<Items<Loop.RetrainingDecision>>(`${of(model)}/retraining/decisions`, { signal }),
  });

export const registryQuery = queryOptions({
  queryKey: ['loop', 'registry'],
  queryFn: ({ signal }) => ask<Items<Loop.RegistryRow>>('/api/v1/registry/models', { signal }),
});

export const registeredQuery = (model: string) =>
  queryOptions({
    queryKey: ['loop', 'registry', model],
    queryFn: ({ signal }) => ask<Loop.RegisteredModel>(registered(model), { signal }),
  });

export const diffQuery = (model: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['loop', 'registry', model, 'diff', from, to],
    queryFn: ({ signal }) =>
      ask<Loop.VersionDiff>(`${registered(model)}/diff`, { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
  });

export const servingQuery = (model: string, at: string) =>
  queryOptions({
    queryKey: ['loop', 'registry', model, 'serving', at],
    queryFn: ({ signal }) => ask<Loop.Serving>(`${registered(model)}/serving`, { query: { at }, signal }),
    placeholderData: keepPreviousData,
  });

export const abTestsQuery = queryOptions({
  queryKey: ['loop', 'ab-tests'],
  queryFn: async ({ signal }) => {
    const { items } = await ask<Items<WireListed>>('/api/v1/ab-tests', { signal });
    return { items: items.map((t) => testOf(t, t.look)) };
  },
});

export const abTestQuery = (model: string, id: string) =>
  queryOptions({
    queryKey: ['loop', 'ab-test', model, id],
    queryFn: async ({ signal }) =>
      pageOf(await ask<WirePage>(`${of(model)}/ab-tests/${encodeURIComponent(id)}`, { signal })),
  });

export interface PlanAsked {
  /** The champion's share. */
  champion: number;
  minimum_effect: number;
  alpha: number;
  power: number;
  units_per_day: number;
}
export const planQuery = (asked: PlanAsked) =>
  queryOptions({
    queryKey: ['loop', 'plan', asked],
    queryFn: ({ signal }) => ask<Loop.AbPlan>('/api/v1/ab-tests/plan', { query: { ...asked }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

export interface AuditAsked {
  model?: string;
  actor?: string;
  action?: string;
  object?: string;
  from?: string;
  to?: string;
}
export const auditPages = (query: AuditAsked) =>
  infiniteQueryOptions({
    queryKey: ['loop', 'audit', query],
    queryFn: ({ pageParam, signal }) =>
      ask<Loop.AuditList>('/api/v1/audit', { query: { ...query, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const verifyQuery = (expect?: string) =>
  queryOptions({
    // Reads the whole chain, so events do not ask it anew.
    queryKey: ['chain', expect],
    queryFn: ({ signal }) =>
      ask<Loop.AuditVerification>('/api/v1/audit/verify', { query: { expect }, signal }),
    staleTime: 60_000,
  });

const post = (path: string, body: unknown) => ask<unknown>(path, { method: 'POST', body });

/** What a person may do to the loop; every one of these carries a reason into the audit log. */
export const acts = {
  retrain: (model: string, reason: string) => post(`${of(model)}/retraining`, { reason }),
  approveRun: (model: string, id: string, note: string) =>
    post(`${of(model)}/retraining/${id}/approve`, { note }),
  rejectRun: (model: string, id: string, reason: string) =>
    post(`${of(model)}/retraining/${id}/reject`, { reason }),
  cancelRun: (model: string, id: string, reason: string) =>
    post(`${of(model)}/retraining/${id}/cancel`, { reason }),
  startRollout: (model: string, candidate: string, validation: string, reason: string) =>
    post(`${of(model)}/rollouts`, { candidate, validation, reason }),
  onRollout: (model: string, action: 'pause' | 'resume' | 'approve' | 'rollback', reason: string) =>
    post(`${of(model)}/rollouts/${action}`, { reason }),
  promote: (model: string, version: string, reason: string) =>
    post(`${registered(model)}/promote`, { version, reason }),
  rollBack: (model: string, reason: string) => post(`${registered(model)}/rollback`, { reason }),
  stopTest: (model: string, id: string, reason: string) =>
    post(`${of(model)}/ab-tests/${id}/stop`, { reason }),
};
