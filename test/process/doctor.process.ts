import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '../support/database/test-database.js';
import { endPrograms, lines, newFolder, root, run, runOurs, type Environment } from '../support/process/program.js';
import { ServerProcess, testSecret } from '../support/process/server.js';

interface Document {
  version: string;
  status: string;
  checks: { name: string; status: string; findings: { status: string; text: string; details?: string[] }[] }[];
}

const statuses = ['ok', 'warning', 'error', 'skipped'];
/** Every check, as docs/doctor.md has them. */
const names = [...readFileSync(join(root, 'docs/doctor.md'), 'utf8').matchAll(/^\| `([a-z_]+)` /gm)].map(
  ([, name]) => name,
);
const production = { NODE_ENV: 'production', JWT_SECRET: testSecret };

const doctor = (environment: Environment, options: string[] = [], folder = newFolder()) =>
  runOurs('cli/doctor.js', options, { environment: { PORT: '0', ...environment }, folder });

/** The document, whose form it checks. */
async function examined(environment: Environment): Promise<{ code: number | null; document: Document }> {
  const { code, stdout, stderr } = await doctor(environment, ['--json']);
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as Document;
  expect(Object.keys(document)).toEqual(['version', 'status', 'checks']);
  for (const check of document.checks) {
    expect(Object.keys(check)).toEqual(['name', 'status', 'findings']);
    expect(statuses).toContain(check.status);
    expect(check.findings.length).toBeGreaterThan(0);
    for (const { status, text, details = [], ...rest } of check.findings) {
      expect([statuses.includes(status), text.length > 0, details.every((line) => line !== ''), rest]).toEqual([
        ...[true, true, true],
        {},
      ]);
    }
  }
  return { code, document };
}

const statusOf = ({ checks }: Document, name: string) => checks.find((check) => check.name === name)?.status;

/** What is below a folder, with times and the bytes of files: a socket has none. */
function filesIn(folder: string): unknown[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const file = join(folder, name);
    const stats = statSync(file);
    return [name, stats.mtimeMs, stats.isFile() ? readFileSync(file).toString('base64') : ''];
  });
}

describe('npm run doctor', () => {
  afterEach(endPrograms);

  it('exits with 0 where nothing is yet, and makes nothing', async () => {
    const folder = newFolder();
    const { code, stdout, stderr } = await doctor({}, [], folder);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^✓ Database +the first start makes\s+\S+\/chat-store\.sqlite$/m);
    expect(stdout).not.toContain('\u001b');
    expect(Math.max(...lines(stdout).map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('prints a JSON document with every check of docs/doctor.md', async () => {
    const { code, document } = await examined({});
    expect(code).toBe(0);
    expect(document.checks.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(['ok', 'warning']).toContain(document.status);
  });

  it('exits with 78 for a wrong configuration, and lists every wrong variable without its value', async () => {
    const wrong = { PORT: 'x', JWT_SECRET: 'hunter2', DATABASE_URL: 'mysql://u:hunter2hunter2@h', LOG_LEVEL: 'loud' };
    const { code, document } = await examined(wrong);
    expect([code, document.status]).toEqual([78, 'error']);
    expect(document.checks.map(({ name }) => name)).toEqual(['node', 'version', 'configuration']);
    const texts = document.checks.at(-1)?.findings.map(({ text }) => text.split(' ', 1)[0]);
    expect(texts?.sort()).toEqual(['DATABASE_URL', 'JWT_SECRET', 'LOG_LEVEL', 'PORT']);
    expect(JSON.stringify(document)).not.toContain('hunter2');
    const folder = newFolder();
    writeFileSync(join(folder, '.env'), `JWT_SECRET=${testSecret}\n`, { mode: 0o644 });
    const open = await doctor({}, [], folder);
    expect([open.code, open.stdout]).toEqual([
      78,
      expect.stringMatching(/^✗ Configuration +\.env has a secret and is/m),
    ]);
  });

  it('exits with 1 for a cross, and shows no secret', async () => {
    const url = 'mysql://chats:hunter2hunter2@127.0.0.1:1/chats';
    const environment = { ...production, DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT_MS: '5000' };
    const { code, stdout } = await doctor(environment);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ Database +the database server at 127\.0\.0\.1:1 cannot be used now \(ECONNREFUSED\)/m);
    expect(stdout).toContain('DATABASE_URL=mysql://chats:***@127.0.0.1:1/chats');
    expect(stdout).not.toMatch(new RegExp(`hunter2|${testSecret}`));
  });

  it('asks a running server, reads after a kill, and leaves every byte as it was', async () => {
    const server = await ServerProcess.start();
    const environment = { PORT: new URL(server.url).port, DATA_DIR: server.dataDirectory };
    const running = await examined(environment);
    expect([running.code, statusOf(running.document, 'server')]).toEqual([0, 'ok']);
    expect(statusOf(running.document, 'message')).toBe('skipped');
    expect((await (await server.client()).createSession()).status).toBe(201);

    await server.end('SIGKILL');
    for (const state of ['killed', 'stopped']) {
      const before = filesIn(server.dataDirectory);
      const { code, document } = await examined(environment);
      expect([state, code, statusOf(document, 'message'), statusOf(document, 'server')]).toEqual([
        state,
        0,
        'ok',
        'skipped',
      ]);
      expect(filesIn(server.dataDirectory)).toEqual(before);
      if (state === 'killed') {
        expect(readdirSync(server.dataDirectory)).toContain('chat-store.sqlite-wal');
        const again = await ServerProcess.start({ DATA_DIR: server.dataDirectory });
        await again.end();
      }
    }
  }, 180_000);

  it('is an option of npm, and says what it does not know', async () => {
    const unknown = await doctor({}, ['--jsn']);
    expect(unknown).toMatchObject({ code: 78, stdout: '' });
    expect(unknown.stderr).toContain('usage: npm run doctor');
  });

  it('shows colours on a terminal only, and none with NO_COLOR', async () => {
    const command = `${process.execPath} ${join(root, 'dist/src/cli/doctor.js')}`;
    const onTerminal = (environment: Environment) =>
      run(['script', '-qec', command, '/dev/null'], { environment: { PORT: '0', TERM: 'xterm', ...environment } });
    expect((await onTerminal({})).stdout).toContain('\u001b[32m✓');
    expect((await onTerminal({ NO_COLOR: '1' })).stdout).not.toContain('\u001b');
  });
});

if (process.env.TEST_DATABASE_URL) {
  it('npm run doctor looks at MariaDB beside a running server', async () => {
    const database = await createDatabase('mariadb');
    try {
      const server = await ServerProcess.start({ ...database.environment, ...production });
      const { port } = new URL(server.url);
      const { code, document } = await examined({ ...database.environment, ...production, PORT: port });
      const wrong = document.checks.filter(({ status }) => status === 'error');
      expect([code, wrong]).toEqual([0, []]);
      expect(['message', 'durability', 'server'].map((name) => statusOf(document, name))).toEqual(['ok', 'ok', 'ok']);
    } finally {
      await endPrograms();
      await database.drop();
    }
  }, 180_000);
}
