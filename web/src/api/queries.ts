import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from './client';
import type {
  DriftBy,
  DriftDetail,
  DriftMap,
  Fleet,
  IncidentDetail,
  IncidentList,
  ModelDetail,
  ModelListItem,
  Overview,
  Page,
  Performance,
  Session,
  SignalSet,
  Status,
} from './types';

// Every key starts with what an event names, so that one event refreshes just its own queries:
// ['fleet'], ['incidents'], ['incident', id], ['model', name, …].

export interface Asked {
  from?: string;
  to?: string;
}

const id = encodeURIComponent;

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => get<Fleet>('/fleet', {}, signal),
});

export const modelsQuery = queryOptions({
  queryKey: ['fleet', 'models'],
  queryFn: ({ signal }) => get<Page<ModelListItem>>('/models', {}, signal),
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/session', {}, signal),
  staleTime: Infinity,
});

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => get<Status>('/status', {}, signal),
  staleTime: 60_000,
});

export const modelQuery = (model: string) =>
  queryOptions({
    queryKey: ['model', model, 'detail'],
    queryFn: ({ signal }) => get<ModelDetail>(`/models/${id(model)}`, {}, signal),
  });

export const overviewQuery = (model: string, asked: Asked) =>
  queryOptions({
    queryKey: ['model', model, 'overview', asked],
    queryFn: ({ signal }) => get<Overview>(`/models/${id(model)}/overview`, { ...asked }, signal),
    placeholderData: keepPreviousData,
  });

export const signalsQuery = (model: string, name: string, asked: Asked) =>
  queryOptions({
    queryKey: ['model', model, 'signals', name, asked],
    queryFn: ({ signal }) =>
      get<SignalSet>(`/models/${id(model)}/signals`, { name, ...asked }, signal),
    placeholderData: keepPreviousData,
  });

export interface DriftAsked extends Asked {
  by?: DriftBy;
  monitor?: string;
}

export const driftQuery = (model: string, asked: DriftAsked) =>
  queryOptions({
    queryKey: ['model', model, 'drift', asked],
    queryFn: ({ signal }) => get<DriftMap>(`/models/${id(model)}/drift`, { ...asked }, signal),
    placeholderData: keepPreviousData,
  });

export const driftDetailQuery = (model: string, column: string, at: string, monitor?: string) =>
  queryOptions({
    queryKey: ['model', model, 'drift', 'column', column, at, monitor],
    queryFn: ({ signal }) =>
      get<DriftDetail>(
        `/models/${id(model)}/drift/columns/${id(column)}`,
        { at, monitor },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export interface PerformanceAsked extends Asked {
  metric?: string;
  known_at?: string;
  version?: string;
  every?: string;
}

export const performanceQuery = (model: string, asked: PerformanceAsked) =>
  queryOptions({
    queryKey: ['model', model, 'performance', asked],
    queryFn: ({ signal }) =>
      get<Performance>(`/models/${id(model)}/performance`, { ...asked }, signal),
    placeholderData: keepPreviousData,
  });

export interface IncidentsAsked {
  state?: string;
  model?: string;
  severity?: string;
}

export const incidentsQuery = (asked: IncidentsAsked) =>
  queryOptions({
    queryKey: ['incidents', asked],
    queryFn: ({ signal }) => get<IncidentList>('/incidents', { ...asked }, signal),
    placeholderData: keepPreviousData,
  });

export const incidentQuery = (incident: string) =>
  queryOptions({
    queryKey: ['incident', incident],
    queryFn: ({ signal }) => get<IncidentDetail>(`/incidents/${id(incident)}`, {}, signal),
  });
