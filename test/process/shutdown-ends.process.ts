import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LegacyClient } from '../support/legacy/client.js';
import { Upstream } from '../support/legacy/upstream.js';
import { expectStatus } from '../support/rest/client.js';
import { HalfSent } from '../support/process/half-sent.js';
import { endPrograms, newFolder, until } from '../support/process/program.js';
import { ServerProcess, contents, logOf } from '../support/process/server.js';

/** Half of it ends the wait for bodies; a header is waited for up to 15 s. */
const patient = { SHUTDOWN_SECONDS: '60' };
/** Less than all of these: whoever waits for one of them takes longer, however slow the machine is. */
const maxStopMs = 12_000;

describe('shutdown', () => {
  afterEach(endPrograms);

  it('works with SIGINT, as from a terminal', async () => {
    const server = await ServerProcess.start();
    expect(await server.end('SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(logOf(server.program).at(-1)?.msg).toBe('Stopping (SIGINT).');
  });

  it('is immediate after a second SIGTERM, and loses no acknowledged message', async () => {
    const server = await ServerProcess.start({ SHUTDOWN_SECONDS: '60' });
    const client = await server.client();
    const sessionId = await client.newSession();
    expectStatus(await client.save(sessionId, { content: 'saved before the stop' }), 201);
    const half = new HalfSent(client, sessionId, 'never finished');
    await half.underWay;
    half.status.catch(() => undefined);
    server.program.signal('SIGTERM');
    await server.program.untilPrinted(/Stopping \(SIGTERM\)/);
    await sleep(200);
    expect(server.program.hasEnded).toBe(false);
    const second = Date.now();
    const ending = await server.end();
    expect(Date.now() - second).toBeLessThan(20_000);
    expect(ending).toMatchObject({ signal: 'SIGTERM', stderr: '' });

    const again = await ServerProcess.start({}, server.folder);
    const { data } = expectStatus(await (await again.client()).messages(sessionId), 200);
    expect(data.map(({ content }) => content)).toEqual(['saved before the stop']);
  });

  it('waits for requests in flight for at most SHUTDOWN_SECONDS, and logs a warning', async () => {
    const upstream = await Upstream.start();
    upstream.answer = () => undefined;
    const server = await ServerProcess.start({ SHUTDOWN_SECONDS: '1', LEGACY_UPSTREAM_URL: upstream.url });
    const page = new LegacyClient(server.url, 'x', { userId: 2, activityId: 1 });
    page.call('proxied').catch(() => undefined);
    await until('the original has the request', 30_000, () => Promise.resolve(upstream.received.length === 1));
    const started = Date.now();
    const ending = await server.end();
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(ending.code).toBe(1);
    expect(logOf(ending).at(-1)).toMatchObject({ level: 40, msg: expect.stringContaining('after 1 s') as string });
    await upstream.stop();
  });

  it('refuses a body that has not arrived after half of SHUTDOWN_SECONDS, and ends with 0', async () => {
    const server = await ServerProcess.start({ SHUTDOWN_SECONDS: '12' });
    const client = await server.client();
    const sessionId = await client.newSession();
    const half = new HalfSent(client, sessionId, 'never finished');
    await half.underWay;
    await sleep(100);
    const started = Date.now();
    server.program.signal('SIGTERM');
    expect(await half.status).toBe(408);
    expect(Date.now() - started).toBeGreaterThan(5900);
    half.abandon();
    expect(await server.program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(Date.now() - started).toBeLessThan(11_900);
    expect(contents(server.databaseFile)).toEqual([]);
  });

  it.each(['GET / HTTP/1.1\r\nHost: loc', 'G'])('is not delayed by a part of a header: %j', async (part) => {
    const server = await ServerProcess.start(patient);
    const { hostname, port } = new URL(server.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(part);
    await sleep(100);
    const started = Date.now();
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    expect(Date.now() - started).toBeLessThan(maxStopMs);
    socket.destroy();
  });

  it('is not delayed by idle connections, used or unused', async () => {
    const server = await ServerProcess.start(patient);
    const client = await server.client();
    const { hostname, port } = new URL(client.url);
    const unused = connect(Number(port), hostname);
    await once(unused, 'connect');
    expectStatus(await client.sessions(), 200);
    const started = Date.now();
    expect(await server.end()).toMatchObject({ code: 0 });
    expect(Date.now() - started).toBeLessThan(maxStopMs);
  });

  it('leaves one SQLite file with all data', async () => {
    const server = await ServerProcess.start();
    const client = await server.client();
    const sessionId = await client.newSession();
    for (const content of ['one', 'two', 'three']) expectStatus(await client.save(sessionId, { content }), 201);
    await server.end();
    const copy = join(newFolder(), 'copy.sqlite');
    copyFileSync(server.databaseFile, copy);
    expect(contents(copy)).toEqual(['one', 'three', 'two']);
  });
});
