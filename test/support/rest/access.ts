import type { Answer } from './client.js';
import { rawCall } from './raw.js';

/** The answer to a caller: the status and, for an error, the code. */
export type Outcome = string;

export interface RestRoute {
  /** The body of an authorised request. */
  body?: Record<string, unknown>;
  /** With its question mark. */
  query?: string;
  /** Replaces the `*` at the end of a path. */
  rest?: string;
  /** Without a token, and with an expired one. */
  unauthenticated: Outcome;
  /** With a token of another user or of another activity, and the owner's ids. */
  stranger: Outcome;
  owner: Outcome;
}

const sameForAll = (outcome: Outcome) => ({ unauthenticated: outcome, stranger: outcome, owner: outcome });
const known = (owner: Outcome, stranger: Outcome = owner) => ({
  unauthenticated: '401 unauthenticated',
  stranger,
  owner,
});
/** For a path with the id of a session. */
const owned = (owner: Outcome) => known(owner, '404 session_not_found');
const message = { role: 'user', content: 'Hardly worth it' };

export const tokenRoute = 'POST /api/v1/token';

/** Every route except the legacy endpoint, with the outcomes for each caller. GET includes HEAD. */
export const restRoutes: Record<string, RestRoute> = {
  'GET /': sameForAll('200'),
  'GET /api/v1': sameForAll('200'),
  'GET /documentation/:name': sameForAll('404 not_found'),
  'GET /livez': sameForAll('200'),
  'GET /readyz': sameForAll('200'),
  'GET /openapi.json': sameForAll('200'),
  'GET /client/multi-chat-manager.js': sameForAll('200'),
  'GET /client/chat-api.js': sameForAll('200'),
  'GET /client/multi-chat-manager.d.ts': sameForAll('200'),
  'GET /docs': sameForAll('200'),
  'GET /docs/': sameForAll('200'),
  'GET /docs/index.html': sameForAll('200'),
  'GET /docs/LICENSE': sameForAll('404 not_found'),
  'GET /docs/swagger-ui-init.js': sameForAll('200'),
  'GET /docs/docs/swagger-ui-init.js': sameForAll('200'),
  'GET /docs/*': { rest: 'swagger-ui.css', ...sameForAll('200') },

  // Accepts a Moodle login only, not a token. Logins are tested with a Moodle.
  [tokenRoute]: { body: { cmid: 1, sesskey: 'x' }, ...sameForAll('401 unauthenticated') },
  'GET /api/v1/sessions': known('200'),
  'POST /api/v1/sessions': { body: { title: 'Anew' }, ...known('201') },
  // The ids of a body are in the answer of each of them, and are no one's in this matrix.
  'POST /api/v1/sessions/bulk': { body: { operation: 'pin', ids: ['no-such-session'] }, ...known('200') },
  'GET /api/v1/sessions/active': known('200', '404 no_active_session'),
  'GET /api/v1/search': { query: '?q=quartz', ...known('200') },
  'POST /api/v1/messages': { body: message, ...known('201') },
  'GET /api/v1/sessions/:sessionId': owned('200'),
  'PATCH /api/v1/sessions/:sessionId': { body: { title: 'Renamed' }, ...owned('200') },
  'DELETE /api/v1/sessions/:sessionId': owned('204'),
  'POST /api/v1/sessions/:sessionId/activate': owned('200'),
  'POST /api/v1/sessions/:sessionId/restore': owned('200'),
  'GET /api/v1/sessions/:sessionId/messages': owned('200'),
  'POST /api/v1/sessions/:sessionId/messages': { body: message, ...owned('201') },
  'POST /api/v1/sessions/:sessionId/messages/batch': { body: { messages: [message] }, ...owned('200') },
  'DELETE /api/v1/sessions/:sessionId/messages': owned('204'),
  'POST /api/v1/sessions/:sessionId/messages/restore': owned('404 nothing_in_trash'),
  'PATCH /api/v1/sessions/:sessionId/messages/:messageId': {
    body: { lease: '0'.repeat(32), status: 'complete' },
    ...owned('200'),
  },
  'PUT /api/v1/sessions/:sessionId/messages/:messageId': { body: { content: 'Hardly' }, ...owned('201') },
  'POST /api/v1/sessions/:sessionId/messages/:messageId/restore': owned('200'),
  'GET /api/v1/sessions/:sessionId/messages/:messageId': owned('200'),
  'DELETE /api/v1/sessions/:sessionId/messages/:messageId': owned('204'),
};

/** The ids in a path. */
export interface Ids {
  session: string;
  message: string;
}

/** The path of a route with these ids. */
export function addressOf(route: string, { session, message: id }: Ids): string {
  const url = route.replace(/^\S+ /, '').replace(':sessionId', session).replace(':messageId', id);
  const { rest = '*', query = '' } = restRoutes[route] ?? {};
  return url.replace('*', rest) + query;
}

/** Sends a valid request to a route with these ids; without a token if none is given. */
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
