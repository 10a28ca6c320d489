import type { IncomingMessage } from 'node:http';
import { abTest, abTests, plan, resetTests, stopTest } from './ab';
import { audit, verified } from './audit';
import { actOnRollout, decisions, pipeline, pipelines, resetPipelines, retrainingDetail } from './pipelines';
import { diff, registered, registryRows, serving } from './registry';
import { tracking, type Reply } from './tracking';

const ok = (body: unknown): Reply => ({ status: 200, body });
const or404 = (body: unknown, what: string): Reply =>
  body === undefined
    ? {
        status: 404,
        body: {
          type: 'about:blank',
          title: 'not_found',
          status: 404,
          detail: `there is no ${what}`,
          code: 'not_found',
          request_id: 'req_mock',
        },
      }
    : ok(body);
const refused = (detail: string): Reply => ({
  status: 409,
  body: {
    type: 'about:blank',
    title: 'conflict',
    status: 409,
    detail,
    code: 'conflict',
    request_id: 'req_mock',
  },
});

export function resetLoop(): void {
  resetPipelines();
  resetTests();
}

export async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function registry(rest: string[], query: URLSearchParams): Reply {
  const [, name, what] = rest;
  if (name === undefined) return ok({ items: registryRows() });
  const model = decodeURIComponent(name);
  if (what === 'diff')
    return or404(diff(model, query.get('from') ?? '', query.get('to') ?? ''), 'such version');
  if (what === 'serving') return ok(serving(model, query.get('at') ?? ''));
  if (what === 'promote' || what === 'rollback') return ok({});
  return or404(registered(model), `registered model \`${model}\``);
}

function ofModel(model: string, [room, id, action]: string[], isPost: boolean): Reply | null {
  if (room === 'retraining') {
    if (isPost) return ok({});
    return id === 'decisions'
      ? ok({ items: decisions(model) })
      : or404(retrainingDetail(id ?? ''), `run \`${id}\``);
  }
  if (room === 'rollouts' && isPost) {
    if (id === undefined) return ok({});
    return actOnRollout(model, id) ? ok({}) : refused('nothing of this model is on its way');
  }
  if (room !== 'ab-tests') return null;
  if (isPost && action === 'stop') stopTest(id ?? '');
  return or404(abTest(id ?? ''), `A/B test \`${id}\``);
}

/** What the closed loop answers; null means the address belongs to somebody else. */
export function loopReply(req: IncomingMessage, url: URL, body: Record<string, unknown>): Reply | null {
  const mlflow = /^\/ajax-api\/2\.0\/mlflow\/(.+)$/.exec(url.pathname)?.[1];
  if (mlflow) return tracking(mlflow, url.searchParams, body);
  const [, , , room, ...rest] = url.pathname.split('/');
  const isPost = req.method === 'POST';
  if (isPost && 'reason' in body && !body['reason']) return refused('a reason is needed');
  switch (room) {
    case 'pipelines':
      return rest[0]
        ? or404(pipeline(decodeURIComponent(rest[0])), `pipeline \`${rest[0]}\``)
        : ok(pipelines(url.searchParams.get('model')));
    case 'registry':
      return registry(rest, url.searchParams);
    case 'ab-tests':
      return ok(rest[0] === 'plan' ? plan(url.searchParams) : abTests());
    case 'audit':
      return ok(rest[0] === 'verify' ? verified() : audit(url.searchParams));
    case 'models':
      return rest.length > 1 ? ofModel(decodeURIComponent(rest[0] ?? ''), rest.slice(1), isPost) : null;
    default:
      return null;
  }
}
