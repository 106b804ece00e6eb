import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { freePort } from '../support/database/mariadb.mjs';
import { Program, endPrograms, mainProgram, runOurs, until } from '../support/process/program.js';
import { ServerProcess, testSecret } from '../support/process/server.js';
import { withoutLimits } from '../support/http/without-limits.js';

const withMariadb = process.env.TEST_DATABASE_URL ? describe : undefined;

/** The status, and the code of an error, of a GET; `refused` if nothing listens. */
async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    const { code } = (await response.json()) as { code?: string };
    return `${response.status} ${code ?? ''}`.trim();
  } catch {
    return 'refused';
  }
}

describe('HEALTH_PORT', () => {
  afterEach(endPrograms);

  it('answers probes and nothing else, and is not ready first when the server stops', async () => {
    const healthPort = await freePort();
    const health = `http://127.0.0.1:${healthPort}`;
    const server = await ServerProcess.start({ HEALTH_PORT: String(healthPort), DRAIN_SECONDS: '60' });
    expect(await ask(`${health}/livez?x`)).toBe('200');
    expect(await (await fetch(`${health}/readyz`)).json()).toEqual(await (await fetch(`${server.url}/readyz`)).json());
    const other = await fetch(`${health}/api/v1/sessions`);
    expect(other.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await other.json()).toMatchObject({ status: 404, code: 'not_found', instance: '/api/v1/sessions' });

    server.program.signal('SIGTERM');
    await until('it is not ready', 30_000, async () => (await ask(`${health}/readyz`)) === '503 not_ready');
    expect(await ask(`${server.url}/api/v1/sessions`)).toBe('401 unauthenticated');
    expect(await ask(`${health}/livez`)).toBe('200');
    await server.end('SIGKILL');
  });

  it('does not keep the server from stopping when it is drained', async () => {
    const server = await ServerProcess.start({ HEALTH_PORT: String(await freePort()), DRAIN_SECONDS: '1' });
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
  });

  it('has the metrics without a token, and PORT has none, with METRICS=on', async () => {
    const healthPort = await freePort();
    const server = await ServerProcess.start({ HEALTH_PORT: String(healthPort), METRICS: 'on' });
    const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toMatch(/^chat_store_info\{version="[\d.]+",engine="sqlite"\} 1$/m);
    expect(await ask(`${server.url}/metrics`)).toBe('404 not_found');
  });

  it('is named when it is in use', async () => {
    const server = await ServerProcess.start();
    const { port } = new URL(server.url);
    const program = new Program(mainProgram, { environment: { PORT: '0', HEALTH_PORT: port } });
    expect(await program.ended).toMatchObject({
      code: 1,
      stderr: `error: 127.0.0.1:${port} is in use by another program, or another copy of this server; choose another HEALTH_PORT\n`,
    });
  });
});

withMariadb?.('HEALTH_PORT, while the database is not ready', () => {
  let database: TestDatabase;
  let program: Program;
  let environment: Record<string, string>;
  let health: string;
  let main: string;

  beforeEach(async () => {
    database = await createDatabase('mariadb');
    const [port, healthPort] = [await freePort(), await freePort()];
    [main, health] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${healthPort}`];
    environment = { ...withoutLimits, ...database.environment, JWT_SECRET: testSecret, MIGRATE_AT_START: 'false' };
    program = new Program(mainProgram, {
      environment: { ...environment, PORT: String(port), HEALTH_PORT: String(healthPort) },
    });
    await program.untilPrinted(/outstanding migrations/);
  });
  afterEach(async () => {
    await endPrograms();
    await database.drop();
  });

  it('answers alone; the main port opens when the server is ready', async () => {
    expect(await ask(`${health}/livez`)).toBe('200');
    const notReady: unknown = await (await fetch(`${health}/readyz?verbose`)).json();
    expect(notReady).toMatchObject({
      code: 'not_ready',
      detail: 'Migrations of the database are outstanding.',
      missing: ['migrations', 'server'],
      checks: [
        { name: 'server', ok: false },
        { name: 'database', ok: true },
        { name: 'migrations', ok: false },
        { name: 'load', ok: true },
      ],
    });
    expect(await ask(`${main}/livez`)).toBe('refused');
    expect(await runOurs('cli/migrate.js', ['run'], { environment })).toMatchObject({ code: 0 });
    await until('it is ready', 45_000, async () => (await ask(`${health}/readyz`)) === '200');
    // Not at once, because the check of the database has only a second.
    await until('PORT is ready', 45_000, async () => (await ask(`${main}/readyz`)) === '200');
  });

  it('does not keep the server from stopping', async () => {
    expect(await program.end()).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(program.stdout).not.toContain('Server listening');
  });
});
