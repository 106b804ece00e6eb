import { randomInt, randomUUID } from 'node:crypto';
import { signToken } from '../test/faults/clients/token.js';
import { activityId, sessionId, sessionsPerOwner } from './data.js';

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Operation {
  name: string;
  /** Whether each request adds a message. */
  adds: boolean;
  /** By default 32. */
  connections?: number;
  /** A request of one of so many owners. */
  create: (owners: number) => Request;
}

/** The content of messages that are saved, 200 bytes. */
export const content = 'A sentence of a student about rivers, of the usual length, with a question. '
  .repeat(3)
  .slice(0, 200);
const tokens = new Map<number, string>();

function bearer(owner: number): string {
  const token = tokens.get(owner) ?? signToken(owner);
  tokens.set(owner, token);
  return `Bearer ${token}`;
}

/** A session whose list is not measured. */
const otherSession = () => sessionId(randomInt(2, sessionsPerOwner + 1));

export function send(owner: number, method: string, path: string, body?: object): Request {
  const headers: Record<string, string> = { authorization: bearer(owner) };
  if (!body) return { method, path, headers };
  return { method, path, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const randomOwner = (owners: number) => randomInt(1, owners + 1);
const get = (path: () => string) => (owners: number) => send(randomOwner(owners), 'GET', path());
const post = (path: () => string, body?: () => object) => (owners: number) =>
  send(randomOwner(owners), 'POST', path(), body?.());
const ajax = '/mod/writeassistdev/ajax.php';
const legacy = (fields: () => object) =>
  post(
    () => ajax,
    () => ({ cmid: String(activityId), ...fields() }),
  );

export const save: Operation = {
  name: 'save',
  adds: true,
  create: post(
    () => `/api/v1/sessions/${otherSession()}/messages`,
    () => ({ role: 'user', content, clientMessageId: randomUUID() }),
  ),
};
export const list: Operation = {
  name: 'list 50 messages',
  adds: false,
  create: get(() => `/api/v1/sessions/${sessionId(1)}/messages?limit=50`),
};
export const sessions: Operation = {
  name: 'list 20 sessions',
  adds: false,
  create: get(() => '/api/v1/sessions?limit=20'),
};
export const activate: Operation = {
  name: 'switch',
  adds: false,
  create: post(() => `/api/v1/sessions/${sessionId(randomInt(1, sessionsPerOwner + 1))}/activate`),
};
export const legacySave: Operation = {
  name: 'legacy save',
  adds: true,
  create: legacy(() => ({
    action: 'save_session_message',
    session_id: otherSession(),
    role: 'user',
    content,
    client_message_id: randomUUID(),
  })),
};
export const legacyList: Operation = {
  name: 'legacy history',
  adds: false,
  create: legacy(() => ({ action: 'get_session_messages', session_id: sessionId(1), limit: '50' })),
};
