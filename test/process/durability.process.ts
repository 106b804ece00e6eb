import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageDto } from '../../src/messages/message.dto.js';
import { expectStatus, type Client } from '../support/rest/client.js';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { isFull } from '../support/run/full.js';
import { endPrograms, until } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';

const engines = process.env.TEST_DATABASE_URL ? (['sqlite', 'mariadb'] as const) : (['sqlite'] as const);
const rounds = isFull ? 3 : 1;
const writers = isFull ? 12 : 6;
const streamMs = isFull ? 400 : 200;
const minAnswered = 21;

/** A sent message, and its answer if one arrived before the server was killed. */
interface Send {
  content: string;
  clientMessageId?: string;
  answer?: MessageDto;
}

describe.each(engines)('kill -9 during saves, on %s', (engine) => {
  let database: TestDatabase;
  let server: ServerProcess | undefined;

  beforeAll(async () => {
    database = await createDatabase(engine);
  });
  beforeEach(async () => {
    if (server === undefined || server.program.hasEnded) server = await ServerProcess.start(database.environment);
  });
  afterAll(async () => {
    await endPrograms();
    await database.drop();
  });

  it.each(Array.from({ length: rounds }, (_, index) => index + 1))(
    'round %i: acknowledged messages are stored once, and others can be sent again',
    async (round) => {
      if (server === undefined) throw new Error('the server has not started');
      const client = await server.client();
      const sessionId = await client.newSession();
      const sends = await killDuring(server, client, sessionId, round);
      server = await ServerProcess.start(database.environment);
      const again = await server.client();

      const kept = await messages(again, sessionId);
      for (const { content, clientMessageId, answer } of sends) {
        const rows = kept.filter((message) => message.content === content);
        if (answer) expect(rows).toEqual([answer]);
        else expect(rows.length).toBeLessThanOrEqual(1);
        if (clientMessageId === undefined) continue;
        const retried = await again.save(sessionId, { content, clientMessageId });
        expect(retried.status).toBe(rows.length === 0 ? 201 : 200);
        if (rows[0]) expect(retried.body).toEqual(rows[0]);
      }

      const all = await messages(again, sessionId);
      const named = all.filter(({ clientMessageId }) => clientMessageId !== null);
      expect(named.map(({ content }) => content).sort()).toEqual(
        sends
          .filter(({ clientMessageId }) => clientMessageId !== undefined)
          .map(({ content }) => content)
          .sort(),
      );
      expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
      expect(expectStatus(await again.session(sessionId), 200).messageCount).toBe(all.length);
      // Without both kinds the round would prove nothing.
      expect(answered(sends)).toBeGreaterThanOrEqual(minAnswered);
      expect(sends.some(({ answer }) => !answer)).toBe(true);
    },
  );
});

/** Saves from many writers at once, every second message with a clientMessageId, and kills the server meanwhile. */
async function killDuring(server: ServerProcess, client: Client, sessionId: string, round: number): Promise<Send[]> {
  const sends: Send[] = [];
  const streams = Array.from({ length: writers }, async (_, writer) => {
    for (let number = 0; !server.program.hasEnded; number++) {
      const content = `${round}-${writer}-${number}`;
      const send: Send = number % 2 === 0 ? { content } : { content, clientMessageId: `name-${content}` };
      sends.push(send);
      try {
        send.answer = expectStatus(await client.save(sessionId, { ...send }), 201);
      } catch {
        return;
      }
    }
  });
  await sleep(streamMs);
  // A busy machine needs longer.
  const isEnough = () => answered(sends) >= minAnswered || server.program.hasEnded;
  await until(`${minAnswered} messages are saved`, 30_000, () => Promise.resolve(isEnough()));
  await server.end('SIGKILL');
  await Promise.all(streams);
  return sends;
}

function answered(sends: Send[]): number {
  return sends.filter(({ answer }) => answer).length;
}

async function messages(client: Client, sessionId: string): Promise<MessageDto[]> {
  const found: MessageDto[] = [];
  for (let after = ''; ;) {
    const page = expectStatus(await client.messages(sessionId, `?limit=200${after}`), 200);
    found.push(...page.data);
    if (page.nextCursor === null) return found;
    after = `&after=${page.nextCursor}`;
  }
}
