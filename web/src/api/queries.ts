import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from './client';
import type { DriftBy, PerformanceMetric, Severity } from './shapes';

// Every key starts with what an event names, so that one event refreshes just its own queries:
// ['fleet'], ['incidents'], ['incident', id], ['model', name, …].

export interface Asked {
  from?: string;
  to?: string;
}

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/fleet', { signal })),
});

export const modelsQuery = queryOptions({
  queryKey: ['fleet', 'models'],
  queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/models', { signal })),
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/session', { signal })),
  staleTime: Infinity,
});

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/status', { signal })),
  staleTime: 60_000,
});

export const modelQuery = (model: string) =>
  queryOptions({
    queryKey: ['model', model, 'detail'],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/v1/models/{model}', { params: { path: { model } }, signal })),
  });

export const overviewQuery = (model: string, query: Asked) =>
  queryOptions({
    queryKey: ['model', model, 'overview', query],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/v1/models/{model}/overview', { params: { path: { model }, query }, signal })),
    placeholderData: keepPreviousData,
  });

export const signalsQuery = (model: string, name: string, asked: Asked) =>
  queryOptions({
    queryKey: ['model', model, 'signals', name, asked],
    queryFn: ({ signal }) =>
      bodyOf(
        api.GET('/api/v1/models/{model}/signals', {
          params: { path: { model }, query: { name, ...asked } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export interface DriftAsked extends Asked {
  by?: DriftBy;
  monitor?: string;
}

export const driftQuery = (model: string, query: DriftAsked) =>
  queryOptions({
    queryKey: ['model', model, 'drift', query],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/v1/models/{model}/drift', { params: { path: { model }, query }, signal })),
    placeholderData: keepPreviousData,
  });

export const driftDetailQuery = (model: string, column: string, at: string, monitor?: string) =>
  queryOptions({
    queryKey: ['model', model, 'drift', 'column', column, at, monitor],
    queryFn: ({ signal }) =>
      bodyOf(
        api.GET('/api/v1/models/{model}/drift/columns/{column}', {
          params: { path: { model, column }, query: { at, monitor } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export interface PerformanceAsked extends Asked {
  metric?: PerformanceMetric;
  known_at?: string;
  version?: string;
  every?: 'day' | 'week' | 'month';
}

export const performanceQuery = (model: string, query: PerformanceAsked) =>
  queryOptions({
    queryKey: ['model', model, 'performance', query],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/v1/models/{model}/performance', { params: { path: { model }, query }, signal })),
    placeholderData: keepPreviousData,
  });

export interface IncidentsAsked {
  state?: 'open' | 'resolved' | 'all';
  model?: string;
  severity?: Severity;
}

export const incidentsQuery = (query: IncidentsAsked) =>
  queryOptions({
    queryKey: ['incidents', query],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/incidents', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

export const incidentQuery = (incident: string) =>
  queryOptions({
    queryKey: ['incident', incident],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/v1/incidents/{incident}', { params: { path: { incident } }, signal })),
  });

export const respondToIncident = (
  incident: string,
  action: 'acknowledge' | 'resolve',
  note: string | undefined,
) =>
  bodyOf(
    api.POST(`/api/v1/incidents/{incident}/${action}`, {
      params: { path: { incident } },
      body: note ? { note } : {},
    }),
  );
