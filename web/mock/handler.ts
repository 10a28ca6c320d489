import type { IncomingMessage, ServerResponse } from 'node:http';
import { fleet, modelDetail, models, overview, signals } from './answers';
import { driftDetail, driftMap } from './drift';
import { performance } from './performance';
import { storyOf } from './windows';
import { act, currentIncidents, detail, resetIncidents } from './incidents';
import { loopReply, readJson, resetLoop } from './loop/handler';

const listeners = new Set<ServerResponse>();

function send(res: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  res.writeHead(status, { 'content-type': type, 'x-request-id': 'req_mock' });
  res.end(JSON.stringify(body));
}

function refuse(res: ServerResponse, status: number, code: string, detailText: string): void {
  send(res, status, {
    type: 'about:blank',
    title: code,
    status,
    detail: detailText,
    code,
    request_id: 'req_mock',
  });
}

function tell(kind: string, model: string | null): void {
  for (const res of listeners) res.write(`event: changed\ndata: ${JSON.stringify({ kind, model })}\n\n`);
}

function readModel(res: ServerResponse, parts: string[], query: URLSearchParams): void {
  const model = storyOf(decodeURIComponent(parts[0] ?? ''));
  if (!model) return refuse(res, 404, 'not_found', `there is no model \`${parts[0]}\``);
  const [, what, , column] = parts;
  if (what === undefined) return send(res, 200, modelDetail(model));
  if (what === 'overview') return send(res, 200, overview(model, query));
  if (what === 'performance') return send(res, 200, performance(model, query));
  if (what === 'signals') return send(res, 200, signals(model, query));
  if (what === 'drift' && column === undefined) return send(res, 200, driftMap(model, query));
  const found = what === 'drift' ? driftDetail(model, decodeURIComponent(column ?? ''), query) : null;
  if (!found) return refuse(res, 404, 'not_found', `there is no column \`${column}\``);
  return send(res, 200, found);
}

function incidents(req: IncomingMessage, res: ServerResponse, parts: string[], query: URLSearchParams): void {
  const [id, action] = parts;
  if (id === undefined) {
    const state = query.get('state') ?? 'open';
    const model = query.get('model');
    const severity = query.get('severity');
    const all = currentIncidents().filter(
      (i) => (!model || i.model === model) && (!severity || i.severity === severity),
    );
    const count = (s: string) => all.filter((i) => i.state === s).length;
    const items = all.filter(
      (i) => state === 'all' || (state === 'open' ? i.state !== 'resolved' : i.state === state),
    );
    return send(res, 200, {
      items,
      counts: { open: count('open'), acknowledged: count('acknowledged'), resolved: count('resolved') },
      next: null,
    });
  }
  if (req.method === 'POST' && (action === 'acknowledge' || action === 'resolve')) {
    const done = act(id, action);
    if (!done) return refuse(res, 404, 'not_found', `there is no incident \`${id}\``);
    tell('incident', done.model);
    return send(res, 200, done);
  }
  const found = detail(id);
  return found ? send(res, 200, found) : refuse(res, 404, 'not_found', `there is no incident \`${id}\``);
}

/** Answers everything under /api and /ajax-api; false means the address is not ours. */
export function handle(req: IncomingMessage, res: ServerResponse): boolean {
  const url = new URL(req.url ?? '/', 'http://mock');
  if (!/^\/(ajax-)?api\//.test(url.pathname)) return false;
  void readJson(req).then((body) => {
    const reply = loopReply(req, url, body);
    if (!reply) return answer(req, res, url);
    send(res, reply.status, reply.body);
    if (req.method === 'POST' && url.pathname.startsWith('/api/')) tell('model', null);
  });
  return true;
}

function answer(req: IncomingMessage, res: ServerResponse, url: URL): void {
  const [, , , room, ...rest] = url.pathname.split('/');
  if (room === 'fleet') send(res, 200, fleet());
  else if (room === 'models' && rest.length === 0) send(res, 200, models());
  else if (room === 'models') readModel(res, rest, url.searchParams);
  else if (room === 'incidents') incidents(req, res, rest, url.searchParams);
  else if (room === 'session')
    send(res, 200, {
      actor: 'local user',
      trusted_local: true,
      permissions: ['read', 'ingest', 'respond', 'edit', 'admin'],
    });
  else if (room === 'status') send(res, 200, { version: '0.1.0', ready: true });
  else if (room === 'mock-reset') {
    resetIncidents();
    resetLoop();
    send(res, 200, {});
  } else if (room === 'events') {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    res.write(': hello\n\n');
    listeners.add(res);
    req.on('close', () => listeners.delete(res));
  } else refuse(res, 404, 'not_found', 'there is nothing at this address');
}
