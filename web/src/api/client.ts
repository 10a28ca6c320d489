import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type { Problem } from './shapes';

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

export const api = createClient<paths>({ baseUrl: window.location.origin });

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authHeaders())) request.headers.set(name, value);
    return request;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    return new ApiError(0, { detail: 'The server cannot be reached.', code: 'unavailable' });
  },
});

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or the problem it reports as an error. */
export async function bodyOf<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok && data !== undefined) return data;
  const problem = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {};
  const requestId = problem.request_id ?? response.headers.get('x-request-id') ?? undefined;
  throw new ApiError(response.status, { ...problem, request_id: requestId });
}

interface Question {
  query?: Record<string, string | number | undefined>;
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
}

/** A question at an address that the generated client does not name. */
export async function ask<T>(path: string, { query = {}, method = 'GET', body, signal }: Question = {}) {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...authHeaders(),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, { detail: 'The server cannot be reached.', code: 'unavailable' });
  }
  const text = await response.text();
  const told = readBody(text);
  return bodyOf<T>(
    Promise.resolve(response.ok ? { data: told as T, response } : { error: problemOf(told), response }),
  );
}

/** The tracking addresses answer with errors in their own form; here they read like all others. */
function problemOf(told: unknown): unknown {
  if (typeof told !== 'object' || told === null || !('error_code' in told)) return told;
  const { error_code: code, message } = told as { error_code: unknown; message?: unknown };
  return {
    detail: typeof message === 'string' ? message : String(code),
    code: code === 'RESOURCE_DOES_NOT_EXIST' ? 'not_found' : String(code).toLowerCase(),
  };
}

/** A file of the server, asked for with the reader's own token (a plain link would not carry it). */
export async function askFile(path: string): Promise<Blob> {
  const response = await fetch(path, { headers: authHeaders() });
  if (response.ok) return response.blob();
  const problem = readBody(await response.text());
  throw new ApiError(response.status, typeof problem === 'object' && problem !== null ? problem : {});
}

/** The body as JSON; anything else (a proxy's page) is no answer of ours. */
function readBody(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
