import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { numbers } from '../../support/database/access.js';
import { Client } from '../../support/rest/client.js';
import { rawCall } from '../../support/rest/raw.js';
import { signToken } from '../clients/token.js';

/** A caller whose request has no answer after this time has lost it, in ms. */
const patienceMs = 60_000;

/** How one request ended: its status, or `lost` without an answer. */
export interface Answer {
  status: number | 'lost';
  ms: number;
}

/** A client of the server for this owner: the user with this id. */
export function clientOf(url: string, owner: number): Client {
  return new Client(url, signToken(owner), { userId: owner, activityId: 1 });
}

/** A client with a session of its own. */
export interface Saver {
  client: Client;
  session: string;
}

/** Clients for so many owners from this id on, each with a new session. */
export function savers(url: string, count: number, firstOwner = 1): Promise<Saver[]> {
  return Promise.all(
    numbers(count).map(async (index) => {
      const client = clientOf(url, firstOwner + index);
      return { client, session: await client.newSession() };
    }),
  );
}

/** Measures the time to the answer. */
export async function timed(request: Promise<{ status: number }>): Promise<Answer> {
  const start = performance.now();
  const gone = new AbortController();
  const status = await Promise.race([
    request.then(
      (answer) => answer.status,
      () => 'lost' as const,
    ),
    sleep(patienceMs, 'lost' as const, { signal: gone.signal }),
  ]);
  gone.abort();
  return { status, ms: performance.now() - start };
}

/** Sends one save after the other until the signal. */
export async function saveUntil(signal: AbortSignal, { client, session }: Saver, pauseMs = 5): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let number = 0; !signal.aborted; number++) {
    answers.push(await timed(client.save(session, { content: `of ${client.owner.userId}, ${number}` })));
    await sleep(pauseMs);
  }
  return answers;
}

/** Reads the list of sessions on a connection of its own, like a page that is opened. */
export function openPage(url: string, owner: number): Promise<Answer> {
  return timed(rawCall(url, '/api/v1/sessions', { headers: { authorization: `Bearer ${signToken(owner)}` } }));
}

/** Asks `/readyz` again and again until the signal. */
export async function probeUntil(signal: AbortSignal, url: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (!signal.aborted) {
    answers.push(await timed(rawCall(url, '/readyz')));
    await sleep(100);
  }
  return answers;
}

/** Sends a save without a client message id, and leaves after `ms` without waiting for the answer. */
export async function saveAndLeave({ client, session }: Saver, content: string, ms: number): Promise<void> {
  const { hostname, port } = new URL(client.url);
  const body = JSON.stringify({ role: 'user', content });
  const socket = connect(Number(port), hostname);
  socket.on('error', () => socket.destroy());
  socket.write(
    `POST /api/v1/sessions/${session}/messages HTTP/1.1\r\nHost: ${hostname}\r\n` +
      `Authorization: Bearer ${client.token}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await sleep(ms);
  socket.destroy();
}

export function longest(answers: Answer[]): number {
  return Math.max(0, ...answers.map(({ ms }) => ms));
}

export function countOf(answers: Answer[], status: Answer['status']): number {
  return answers.filter((answer) => answer.status === status).length;
}
