import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TargetOptions } from '../target.js';

/** What a handler answers. */
export interface Answer {
  status: number;
  body: object;
  location?: string;
}

export interface Owner {
  userId: number;
  activityId: number;
}

/** The database of a bare server. */
export interface BareStore {
  save: (owner: Owner, sessionId: string, message: NewMessage) => Promise<Answer>;
  list: (owner: Owner, sessionId: string, limit: number) => Promise<Answer>;
  sessions: (owner: Owner, limit: number) => Promise<Answer>;
  activate: (owner: Owner, sessionId: string) => Promise<Answer>;
}

export interface NewMessage {
  role: string;
  content: string;
  clientMessageId: string | null;
}

export const notFound: Answer = { status: 404, body: { code: 'not_found' } };
const invalid: Answer = { status: 422, body: { code: 'validation_failed' } };
const roles = ['user', 'assistant', 'system'];
const maxContentBytes = 1024 * 1024;
const sessionPath = /^\/api\/v1\/sessions\/([A-Za-z0-9_-]{1,50})\/(messages|activate)$/;

/** Waits for its options, connects, and serves: node:http with the least that the API needs. */
export function serve(connect: (options: TargetOptions) => BareStore): void {
  process.once('message', (options: TargetOptions) => {
    const store = connect(options);
    const owners = new Map<string, Owner>();
    const ownerOf = (header: string) => {
      const known = owners.get(header);
      if (known) return known;
      const owner = verify(header, options.secret);
      if (owner) owners.set(header, owner);
      return owner;
    };
    const server = createServer((request, response) => {
      const owner = ownerOf(request.headers.authorization ?? '');
      const answer = owner ? route(store, owner, request) : Promise.resolve({ status: 401, body: {} });
      answer.then(
        (value) => {
          reply(response, value);
        },
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          reply(response, { status: 500, body: {} });
        },
      );
    });
    server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  });
}

function route(store: BareStore, owner: Owner, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const limit = Math.min(100, Number(searchParams.get('limit') ?? 50));
  if (pathname === '/api/v1/sessions') return store.sessions(owner, limit);
  const [, sessionId, action] = sessionPath.exec(pathname) ?? [];
  if (sessionId === undefined) return Promise.resolve(notFound);
  if (action === 'activate') return store.activate(owner, sessionId);
  if (request.method === 'GET') return store.list(owner, sessionId, limit);
  return readMessage(request).then((message) => (message ? store.save(owner, sessionId, message) : invalid));
}

function readMessage(request: IncomingMessage): Promise<NewMessage | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('end', () => {
      try {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        const { role, content, clientMessageId = null } = body;
        const isValid =
          typeof role === 'string' &&
          roles.includes(role) &&
          typeof content === 'string' &&
          content !== '' &&
          Buffer.byteLength(content) <= maxContentBytes &&
          (clientMessageId === null || typeof clientMessageId === 'string');
        resolve(isValid ? { role, content, clientMessageId } : undefined);
      } catch {
        resolve(undefined);
      }
    });
  });
}

function verify(header: string, secret: string): Owner | undefined {
  const [head, claims, signature = ''] = header.replace(/^Bearer /, '').split('.');
  const expected = createHmac('sha256', secret).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const { sub, activity } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()) as Record<string, unknown>;
  return { userId: Number(sub), activityId: Number(activity) };
}

function reply(response: ServerResponse, { status, body, location }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...(location !== undefined && { location }),
  });
  response.end(text);
}
