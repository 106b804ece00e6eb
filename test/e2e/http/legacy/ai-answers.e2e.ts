import type { ServerResponse } from 'node:http';
import { failure, firstAddress } from '../../../support/legacy/client.js';
import { bodyOfPairs, rawLegacy } from '../../../support/legacy/bodies.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream, deadUrl, type Answering } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const answer = { success: true, assistantReply: 'Begin with a question.', project: null };
const asJson = { 'content-type': 'application/json; charset=utf-8' };
const asPage = { 'content-type': 'text/html' };
const text = JSON.stringify(answer);

/** Fields of a response to `proxy_chat` that the newest page reads. */
interface AiAnswer {
  success?: boolean;
  assistantReply?: string;
  error?: string;
}

/**
 * What the newest page shows and saves as the words of the AI; undefined if it reports a failure of its own. Measured on
 * that page: it does not look at the status, takes a text from every JSON object that does not report success, makes one
 * of every other media type, and fails only when the request fails, the body is no JSON or the reply is missing.
 */
async function wordsOfAi(server: TestServer): Promise<string | undefined> {
  const body = new URLSearchParams({ action: 'proxy_chat', cmid: '12', sesskey: 'k', user_input: 'x' });
  const headers = { 'x-requested-with': 'XMLHttpRequest' };
  try {
    const response = await fetch(`${server.url}${firstAddress}`, { method: 'POST', body, headers });
    const type = response.headers.get('content-type') ?? '';
    if (!type.includes('application/json')) return `${response.status} ${type}`;
    const given = (await response.json()) as AiAnswer;
    const reply = given.success === true ? given.assistantReply : (given.assistantReply ?? given.error ?? 'no words');
    return reply === '' ? undefined : reply;
  } catch {
    return undefined;
  }
}

describe('the newest page of the plugin', () => {
  let upstream: Upstream;
  let server: TestServer;
  /** Waits only a second, which a slow machine may exceed. */
  let hasty: TestServer;

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url });
    hasty = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, LEGACY_UPSTREAM_SECONDS: '1' });
  });
  beforeEach(() => {
    upstream.reset();
  });
  afterAll(async () => {
    await Promise.all([server.stop(), hasty.stop()]);
    await upstream.stop();
  });

  const call = (to: TestServer, action: string) => {
    const { body, type } = bodyOfPairs([['action', action]], 'urlencoded');
    return rawLegacy(to, { body, headers: { 'content-type': type } });
  };

  it.each<[string, object, string]>([
    ['answer', answer, answer.assistantReply],
    ['failure', { success: false, assistantReply: 'Failed to connect', project: null }, 'Failed to connect'],
  ])('shows an %s that the original words itself', async (_, given, expected) => {
    upstream.answer = (response) => response.writeHead(200, asJson).end(JSON.stringify(given));
    expect(await wordsOfAi(server)).toBe(expected);
  });

  it.each<[string, Answering, 'hasty'?]>([
    ['does not answer in time', () => undefined, 'hasty'],
    ['closes the connection', (response) => response.destroy()],
    ['does not speak HTTP', (response) => response.socket?.end('hello')],
    [
      'is cut half way',
      (response) => {
        response.writeHead(200, asJson).write(text.slice(0, 20));
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'is cut half way, with Content-Length',
      (response) => {
        response.writeHead(200, { ...asJson, 'content-length': text.length }).write(text.slice(0, 20));
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['is behind a web server that answers 502', (response) => response.writeHead(502, asPage).end('<h1>502</h1>')],
    [
      'leads back to this service',
      (response) => response.writeHead(508, asJson).end('{"success":false,"error":"loop"}'),
    ],
    ['is behind a web server that answers 504', (response) => response.writeHead(504, asPage).end('<h1>504</h1>')],
    ['ends with an error page', (response) => response.writeHead(500, { ...asPage, 'content-length': 5 }).end('error')],
    ['stops half way', (response) => response.writeHead(200, asJson).write(text.slice(0, 20)), 'hasty'],
  ])('does not take our words for those of the AI when the original %s', async (_, answering, which) => {
    upstream.answer = answering;
    expect(await wordsOfAi(which ? hasty : server)).toBeUndefined();
    expect(upstream.received).toHaveLength(1);
  });

  it('does not do so when too many wait for the original, either', async () => {
    const held: ServerResponse[] = [];
    upstream.answer = (response) => held.push(response);
    // All places of one caller.
    const waiting = Array.from({ length: 64 }, () => call(server, 'load_project'));
    await waitUntil(() => held.length === waiting.length);
    expect(await wordsOfAi(server)).toBeUndefined();
    failure(await call(server, 'load_project'), 503, 'upstream_busy');
    for (const response of held) response.end(text);
    await Promise.all(waiting);
  });

  it('gets the status of the failure with an empty body; other actions get words', async () => {
    const broken = await TestServer.start({ LEGACY_UPSTREAM_URL: await deadUrl() });
    try {
      const given = await call(broken, 'proxy_chat');
      expect([given.status, given.text, given.headers.get('content-type')]).toEqual([
        502,
        '',
        'application/json; charset=utf-8',
      ]);
      expect(given.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
      expect(broken.log.join('')).toContain('upstream_unreachable');
      expect(await wordsOfAi(broken)).toBeUndefined();
      failure(await call(broken, 'load_project'), 502, 'upstream_unreachable');
    } finally {
      await broken.stop();
    }
  });
});
