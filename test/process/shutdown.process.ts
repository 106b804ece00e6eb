import { copyFileSync } from 'node:fs';
import { Agent, request, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { expectStatus, type Client } from '../support/rest/client.js';
import { endPrograms, newFolder, until } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';

describe('SIGTERM', () => {
  let server: ServerProcess;
  let client: Client;
  let sessionId: string;

  beforeEach(async () => {
    server = await ServerProcess.start({ SHUTDOWN_SECONDS: '5' });
    client = await server.client();
    sessionId = await client.newSession();
  });
  afterEach(endPrograms);

  it('lets requests in flight be answered, resets none, takes no new ones, and ends with 0', async () => {
    const halves = Array.from({ length: 20 }, (_, number) => new HalfSent(client, sessionId, `half ${number}`));
    await Promise.all(halves.map((half) => half.underWay));
    await sleep(100);
    server.program.signal('SIGTERM');
    await until('it takes no new requests', 3000, async () => {
      const status = await server.status('/readyz');
      if (status === 200) return false;
      expect([503, 'refused']).toContain(status);
      return true;
    });
    for (const half of halves) half.finish();
    expect(await Promise.all(halves.map((half) => half.status))).toEqual(halves.map(() => 201));
    // Else each connection is kept for a next request, and the server does not end for want of it.
    expect(halves.map((half) => half.connection)).toEqual(halves.map(() => 'close'));

    const ended = Date.now();
    expect(await server.program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(Date.now() - ended).toBeLessThan(2000);
    expect(kept(server)).toEqual(halves.map((_, number) => `half ${number}`).sort());
  });

  it('in a stream of saves: each is answered or was never taken, and what was answered is in the file', async () => {
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
    await until('saves run', 5000, () => Promise.resolve(acknowledged.length > 50));
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    await Promise.all(writers);
    // What was taken and not answered would be here as well.
    expect(kept(server)).toEqual(acknowledged.sort());
  });

  it('twice ends it at once, and loses nothing that was acknowledged', async () => {
    expectStatus(await client.save(sessionId, { content: 'acknowledged' }), 201);
    const half = new HalfSent(client, sessionId, 'never finished');
    await half.underWay;
    half.status.catch(() => undefined);
    server.program.signal('SIGTERM');
    await server.program.says(/Stopping \(SIGTERM\)/);
    await sleep(200);
    expect(server.program.hasEnded).toBe(false);
    const second = Date.now();
    const ending = await server.end();
    expect(Date.now() - second).toBeLessThan(1000);
    expect(ending).toMatchObject({ signal: 'SIGTERM', stderr: '' });

    const again = await ServerProcess.start({}, server.folder);
    const { data } = expectStatus(await (await again.client()).messages(sessionId), 200);
    expect(data.map(({ content }) => content)).toEqual(['acknowledged']);
  });

  it('leaves the SQLite file alone as the whole database', async () => {
    for (const content of ['one', 'two', 'three']) expectStatus(await client.save(sessionId, { content }), 201);
    await server.end();
    const copy = join(newFolder(), 'copy.sqlite');
    copyFileSync(join(server.dataDirectory, 'chat-store.sqlite'), copy);
    expect(contents(copy)).toEqual(['one', 'three', 'two']);
  });
});

describe('other ends', () => {
  afterEach(endPrograms);

  it('SIGINT is as good, as from a terminal', async () => {
    const server = await ServerProcess.start();
    expect(await server.end('SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(logOf(server.program).at(-1)?.msg).toBe('Stopping (SIGINT).');
  });

  it('waits no longer for requests in flight than SHUTDOWN_SECONDS, and says so', async () => {
    const server = await ServerProcess.start({ SHUTDOWN_SECONDS: '1' });
    const client = await server.client();
    const half = new HalfSent(client, await client.newSession(), 'never finished');
    await half.underWay;
    half.status.catch(() => undefined);
    await sleep(100);
    const started = Date.now();
    const ending = await server.end();
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(Date.now() - started).toBeLessThan(3000);
    expect(ending.code).toBe(1);
    expect(logOf(ending).at(-1)).toMatchObject({ level: 40, msg: expect.stringContaining('after 1 s') as string });
  });

  it('connections that wait for their next request hold nothing up', async () => {
    const server = await ServerProcess.start();
    const client = await server.client();
    expectStatus(await client.sessions(), 200);
    const started = Date.now();
    expect(await server.end()).toMatchObject({ code: 0 });
    expect(Date.now() - started).toBeLessThan(1500);
  });
});

const keepingConnections = new Agent({ keepAlive: true });

/** A save whose body has come in half: the server has begun it and must not let go of it. */
class HalfSent {
  readonly underWay: Promise<void>;
  readonly status: Promise<number | undefined>;
  /** The header of the answer. */
  connection: string | undefined;
  readonly #request: ClientRequest;
  readonly #body: string;

  constructor(client: Client, sessionId: string, content: string) {
    this.#body = JSON.stringify({ role: 'user', content });
    this.#request = request(`${client.url}/api/v1/sessions/${sessionId}/messages`, {
      method: 'POST',
      agent: keepingConnections,
      headers: {
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(this.#body),
      },
    });
    this.status = new Promise((resolve, reject) => {
      this.#request.once('error', reject);
      this.#request.once('response', (response) => {
        this.connection = response.headers.connection;
        response.resume();
        response.once('end', () => {
          resolve(response.statusCode);
        });
      });
    });
    this.underWay = new Promise((resolve) => {
      this.#request.write(this.#body.slice(0, 10), () => {
        resolve();
      });
    });
  }

  finish(): void {
    this.#request.end(this.#body.slice(10));
  }
}

function kept(server: ServerProcess): string[] {
  return contents(join(server.dataDirectory, 'chat-store.sqlite'));
}

function contents(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    const rows = database.prepare('SELECT content FROM writeassistdev_chat').all() as { content: string }[];
    return rows.map(({ content }) => content).sort();
  } finally {
    database.close();
  }
}
