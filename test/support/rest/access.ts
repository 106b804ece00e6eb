import type { Answer } from './client.js';
import { rawCall } from './raw.js';

/** What a caller is answered: the status and, of a refusal, the code. */
export type Outcome = string;

export interface RestRoute {
  /** What a caller sends who may; `:sessionId` and `:messageId` stand for ids of the owner's. */
  body?: Record<string, unknown>;
  /** For the rest of an address that ends in `*`. */
  rest?: string;
  /** Without a token, and with one that has expired. */
  nobody: Outcome;
  /** With a token of another user or of another activity, and the owner's ids. */
  stranger: Outcome;
  owner: Outcome;
}

const everybody = (outcome: Outcome) => ({ nobody: outcome, stranger: outcome, owner: outcome });
const known = (owner: Outcome, stranger: Outcome = owner) => ({ nobody: '401 unauthenticated', stranger, owner });
/** Whose address names something that is somebody's. */
const owned = (owner: Outcome) => known(owner, '404 session_not_found');
const message = { role: 'user', content: 'Hardly worth it' };

export const tokenRoute = 'POST /api/v1/token';

/** Every route but those of the plugin's pages, and what its callers are answered. HEAD goes with GET. */
export const restRoutes: Record<string, RestRoute> = {
  'GET /livez': everybody('200'),
  'GET /readyz': everybody('200'),
  'GET /openapi.json': everybody('200'),
  'GET /client/multi-chat-manager.js': everybody('200'),
  'GET /docs': everybody('200'),
  'GET /docs/': everybody('200'),
  'GET /docs/index.html': everybody('200'),
  'GET /docs/LICENSE': everybody('404 not_found'),
  'GET /docs/swagger-ui-init.js': everybody('200'),
  'GET /docs/docs/swagger-ui-init.js': everybody('200'),
  'GET /docs/*': { rest: 'swagger-ui.css', ...everybody('200') },

  // By a Moodle login alone: a token is none. Who has one is tested beside a Moodle.
  [tokenRoute]: { body: { cmid: 1, sesskey: 'x' }, ...everybody('401 unauthenticated') },
  'GET /api/v1/sessions': known('200'),
  'POST /api/v1/sessions': { body: { title: 'Anew' }, ...known('201') },
  'GET /api/v1/sessions/active': known('200', '404 no_active_session'),
  'POST /api/v1/messages': { body: message, ...known('201') },
  'GET /api/v1/sessions/:sessionId': owned('200'),
  'PATCH /api/v1/sessions/:sessionId': { body: { title: 'Renamed' }, ...owned('200') },
  'DELETE /api/v1/sessions/:sessionId': owned('204'),
  'POST /api/v1/sessions/:sessionId/activate': owned('200'),
  'GET /api/v1/sessions/:sessionId/messages': owned('200'),
  'POST /api/v1/sessions/:sessionId/messages': { body: message, ...owned('201') },
  'DELETE /api/v1/sessions/:sessionId/messages': owned('204'),
  'GET /api/v1/sessions/:sessionId/messages/:messageId': owned('200'),
};

/** The ids that an address names. */
export interface Ids {
  session: string;
  message: string;
}

/** The address of a route with these ids in it. */
export function addressOf(route: string, { session, message: id }: Ids): string {
  const url = route.replace(/^\S+ /, '').replace(':sessionId', session).replace(':messageId', id);
  return url.replace('*', restRoutes[route]?.rest ?? '*');
}

/** Calls a route as it should be called, with these ids; without a token where none is given. */
export function callRoute(
  url: string,
  route: string,
  ids: Ids,
  token: string | undefined,
  method = route.replace(/ .*$/, ''),
): Promise<Answer<unknown>> {
  const { body } = restRoutes[route] ?? {};
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  };
  return rawCall(url, addressOf(route, ids), { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

export function outcomeOf({ status, body }: Answer<unknown>): Outcome {
  const code = typeof body === 'object' && body !== null && 'code' in body ? ` ${String(body.code)}` : '';
  return `${status}${code}`;
}
