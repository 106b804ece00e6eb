import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, type Client } from '../support/rest/client.js';
import { HalfSent } from '../support/process/half-sent.js';
import { endPrograms, until } from '../support/process/program.js';
import { ServerProcess, contents } from '../support/process/server.js';

describe('SIGTERM', () => {
  let server: ServerProcess;
  let client: Client;
  let sessionId: string;

  beforeEach(async () => {
    // Halves are refused after half of it, and a slow machine needs a while to finish them.
    server = await ServerProcess.start({ SHUTDOWN_SECONDS: '60' });
    client = await server.client();
    sessionId = await client.newSession();
  });
  afterEach(endPrograms);

  it('answers requests in flight, accepts no new ones, and exits with 0', async () => {
    const halves = Array.from({ length: 20 }, (_, number) => new HalfSent(client, sessionId, `half ${number}`));
    await Promise.all(halves.map((half) => half.underWay));
    await sleep(100);
    server.program.signal('SIGTERM');
    await until('it takes no new requests', 20_000, async () => {
      const status = await server.status('/readyz');
      if (status === 200) return false;
      expect([503, 'refused']).toContain(status);
      return true;
    });
    for (const half of halves) half.finish();
    expect(await Promise.all(halves.map((half) => half.status))).toEqual(halves.map(() => 201));
    // Otherwise clients keep the connections open, and the server does not end.
    expect(halves.map((half) => half.connection)).toEqual(halves.map(() => 'close'));

    const ended = Date.now();
    expect(await server.program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(Date.now() - ended).toBeLessThan(20_000);
    expect(contents(server.databaseFile)).toEqual(halves.map((_, number) => `half ${number}`).sort());
  });

  it('resets no connection of clients that go on sending', async () => {
    const errors: string[] = [];
    let answered = 0;
    const senders = Array.from({ length: 24 }, async (_, sender) => {
      for (let number = 0; ; number++) {
        try {
          expectStatus(await client.save(sessionId, { content: `${sender}-${number}` }), 201);
          answered++;
        } catch (error) {
          const { code = String(error) } = error as NodeJS.ErrnoException;
          // Nobody listens any more.
          if (code !== 'ECONNREFUSED') errors.push(code);
          return;
        }
      }
    });
    await until('saves run', 30_000, () => Promise.resolve(answered > 100));
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    await Promise.all(senders);
    expect(errors).toEqual([]);
  });

  it('is drained first: not ready, while requests are answered', async () => {
    await server.end('SIGINT');
    server = await ServerProcess.start({ DRAIN_SECONDS: '60' }, server.folder);
    client = await server.client();
    server.program.signal('SIGTERM');
    await until('it is not ready', 30_000, async () => (await server.status('/readyz')) === 503);
    for (let n = 0; n < 20; n++) expectStatus(await client.save(sessionId, { content: 'while draining' }), 201);
    await server.end('SIGKILL');
  });

  it('ends the server after DRAIN_SECONDS, with 0', async () => {
    await server.end('SIGINT');
    server = await ServerProcess.start({ DRAIN_SECONDS: '1' }, server.folder);
    const start = Date.now();
    expect(await server.end()).toMatchObject({ code: 0 });
    expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
  });

  it('during saves stores exactly the messages that were acknowledged', async () => {
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = 0; ; number++) {
        const content = `${writer}-${number}`;
        try {
          expectStatus(await client.save(sessionId, { content }), 201);
          acknowledged.push(content);
        } catch {
          return;
        }
      }
    });
    await until('saves run', 30_000, () => Promise.resolve(acknowledged.length > 50));
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    await Promise.all(writers);
    // A message that was stored and not acknowledged would be here as well.
    expect(contents(server.databaseFile)).toEqual(acknowledged.sort());
  });
});
