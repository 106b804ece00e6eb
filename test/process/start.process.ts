import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, expectStatus } from '../support/rest/client.js';
import { endPrograms, lines, newFolder, root, run } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';

const tokenForm = /^ {2}(eyJ[\w-]+\.[\w-]+\.[\w-]+)$/m;
const sampleOwner = { userId: 1, activityId: 1 };

describe('the first start without settings', () => {
  const folder = newFolder();
  let server: ServerProcess;
  let banner: string;

  beforeAll(async () => {
    server = await ServerProcess.start({}, folder);
    await server.program.untilPrinted(/ {2}curl .*\n/);
    banner = server.program.stdout;
  });
  afterAll(endPrograms);

  it('prints URLs that work', async () => {
    for (const path of ['/docs', '/openapi.json', '/readyz']) {
      expect(banner).toContain(`${server.url}${path}\n`);
      expect(await server.status(path)).toBe(200);
    }
    expect(banner).toContain(`${server.url}/api/v1\n`);
    expect(await server.status('/api/v1/sessions')).toBe(401);
  });

  it('has the version of package.json in the banner, the log, /readyz and the OpenAPI document', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(banner).toMatch(new RegExp(`^ {2}Version +${version}$`, 'm'));
    expect(logOf(server.program)[0]).toMatchObject({ msg: 'Starting', version, node: process.version });
    const json = async (path: string) => (await fetch(`${server.url}${path}`)).json() as Promise<object>;
    expect(await json('/readyz')).toEqual({ status: 'ok', version });
    expect(await json('/openapi.json')).toMatchObject({ info: { version } });
    const copy = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as object;
    expect(copy).toMatchObject({ info: { version } });
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as object;
    expect(lock).toMatchObject({ version, packages: { '': { version } } });
  });

  it('prints a token that works, with its user and activity', async () => {
    expect(banner).toContain('A token for user 1 in activity 1, good for 12 hours:');
    const client = new Client(server.url, tokenIn(banner), sampleOwner);
    expectStatus(await client.sessions(), 200);
  });

  it('prints a curl line that creates a session when it is pasted', async () => {
    const [line = ''] = /curl .*/.exec(banner) ?? [];
    const pasted = await run(['sh', '-c', line]);
    expect(pasted).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(pasted.stdout)).toMatchObject({ title: 'My first chat', isActive: true, messageCount: 0 });
    const status = await run(['sh', '-c', `${line} -o /dev/null -w '%{http_code} %{content_type}'`]);
    expect(status.stdout).toMatch(/^201 application\/json/);
  });

  it('names the database, and prints fewer than 24 lines', () => {
    expect(banner).toContain(`SQLite in ${join(folder, 'data/chat-store.sqlite')}`);
    expect(lines(banner).length).toBeLessThan(24);
  });

  it('creates a data folder that only its user can read', () => {
    expect(mode(join(folder, 'data'))).toBe(0o700);
    for (const name of ['jwt-secret', 'chat-store.sqlite']) expect(mode(join(folder, 'data', name))).toBe(0o600);
  });

  it('logs JSON without a token if standard output is not a terminal', async () => {
    const log = logOf(server.program);
    const written = lines(server.program.stdout).filter((line) => line.startsWith('{'));
    expect(log.length).toBe(written.length);
    expect(written.join('\n')).not.toContain('eyJ');
    await server.program.untilPrinted(/"msg":"request"/);
  });

  // The last test, because it ends the server.
  it('keeps the secret and all sessions for a second start', async () => {
    const client = new Client(server.url, tokenIn(banner), sampleOwner);
    await client.newSession();
    const before = expectStatus(await client.sessions(), 200);
    expect(await server.end()).toMatchObject({ code: 0, signal: null, stderr: '' });

    const second = await ServerProcess.start({}, folder);
    const again = new Client(second.url, client.token, sampleOwner);
    expect(expectStatus(await again.sessions(), 200)).toEqual(before);
  });
});

function tokenIn(banner: string): string {
  return tokenForm.exec(banner)?.[1] ?? '';
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}
