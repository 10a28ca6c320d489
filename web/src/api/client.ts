import type { Problem } from './types';

/** A refused or failed call, with what the server said about it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.requestId = problem.request_id ?? null;
  }
}

const tokenKey = 'trimtab.token';

export function storedToken(): string | null {
  try {
    return sessionStorage.getItem(tokenKey);
  } catch {
    return null;
  }
}

export function storeToken(token: string | null): void {
  if (token) sessionStorage.setItem(tokenKey, token);
  else sessionStorage.removeItem(tokenKey);
}

export function authHeaders(): Record<string, string> {
  const token = storedToken();
  return token ? { authorization: `Bearer ${token}` } : {};
}

export type Query = Record<string, string | undefined | null>;

export function apiPath(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const text = params.toString();
  return text ? `/api/v1${path}?${text}` : `/api/v1${path}`;
}

async function readProblem(response: Response): Promise<Partial<Problem>> {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  try {
    return { request_id: requestId, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return { title: `The server answered ${response.status}`, request_id: requestId };
  }
}

async function call<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, { detail: 'The server cannot be reached.', code: 'unavailable' });
  }
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  return (await response.json()) as T;
}

export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return call<T>(apiPath(path, query), {
    headers: { accept: 'application/json', ...authHeaders() },
    signal,
  });
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return call<T>(apiPath(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authHeaders() },
    body: JSON.stringify(body),
  });
}
