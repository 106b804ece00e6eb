import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { envVariables } from '../../src/config/env-variables.js';
import { Client, expectStatus } from '../support/rest/client.js';
import { migrationNames } from '../support/database/migrations.js';
import { createDatabase } from '../support/database/test-database.js';
import { LegacyClient } from '../support/legacy/client.js';
import { endPrograms, lines, newFolder, root, run, runOurs, type Ending } from '../support/process/program.js';
import { ServerProcess, testSecret } from '../support/process/server.js';

const migrations = migrationNames.join(', ');
const owner = { userId: 2, activityId: 1 };
const named = ['--user', '2', '--activity', '1'];

const { scripts, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  version: string;
};

describe('every command', () => {
  const runner = 'node scripts/run.mjs src/';
  const commands = Object.entries(scripts).filter(([, script]) => script.startsWith(runner));
  const tools = Object.entries(scripts).filter(([name]) => ['bench:import', 'security:sqlmap'].includes(name));
  afterEach(endPrograms);

  it('has a script in package.json', () => {
    const sources = readdirSync(join(root, 'src/cli')).map((name) => `cli/${name}`);
    const programs = ['main.ts', ...sources].map((source) => source.replace(/ts$/, 'js'));
    const inScripts = commands.map(([, script]) => script.slice(runner.length).split(' ', 1)[0]);
    expect([...new Set(inScripts)].sort()).toEqual(programs.sort());
    expect(tools).toHaveLength(2);
  });

  it.each(commands)('npm run %s -- --help and --version exit with 0 and do nothing else', async (_, script) => {
    const [program = '', ...given] = script.slice(runner.length).split(' ');
    const folder = newFolder();
    const help = await runOurs(program, [...given, '--help'], { folder });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^usage: npm [\s\S]*--help[\s\S]*--version/);
    expect(await runOurs(program, [...given, '-h'], { folder })).toEqual(help);
    expect(await runOurs(program, [...given, '--version'], { folder })).toEqual({ ...help, stdout: `${version}\n` });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(tools)('npm run %s -- --help exits with 0', async (_, script) => {
    const [, program = ''] = script.split(' ');
    const ending = await run([process.execPath, join(root, program), '--help']);
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toMatch(/^usage: npm run /);
  });
});

describe('npm run token', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });
  afterAll(endPrograms);

  it('prints only a token, which works', async () => {
    // npm runs it in the folder that may have a developer's .env.
    const unset = Object.fromEntries(Object.keys(envVariables).map((name) => [name, '']));
    const { code, stdout, stderr } = await run(['npm', 'run', '-s', 'token', '--', ...named], {
      folder: root,
      environment: { ...unset, DATA_DIR: server.dataDirectory },
    });
    expect({ code, stderr: stderr.replace(/^(Building|npm warn).*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expectStatus(await new Client(server.url, stdout.trim(), owner).createSession(), 201);
  });

  it.each([
    [[], 8 * 3600],
    [['--ttl', '60'], 60],
    [['--ttl', '60s'], 60],
    [['--ttl', '30m'], 1800],
    [['--ttl', '8h'], 8 * 3600],
    [['--ttl=7d'], 7 * 86_400],
  ])('prints a token with the lifetime of %j', async (ttl, seconds) => {
    const { code, stdout } = await token([...named, ...ttl]);
    expect(code).toBe(0);
    const { iat = 0, exp, sub, activity } = decodeJwt(stdout.trim());
    expect({ seconds: (exp ?? 0) - iat, sub, activity }).toEqual({ seconds, sub: '2', activity: 1 });
    expectStatus(await new Client(server.url, stdout.trim(), owner).sessions(), 200);
  });

  it.each([
    [[], undefined],
    [['--cmid', '12'], 12],
    [['--cmid=4294967295'], 4294967295],
  ])('prints a token for the course module of %j', async (options, cmid) => {
    const { code, stdout } = await token([...named, ...options]);
    expect([code, decodeJwt(stdout.trim()).cmid]).toEqual([0, cmid]);
    const page = new LegacyClient(server.url, stdout.trim(), owner);
    expectStatus(await page.call('test', { cmid: String(cmid ?? 5) }), 200);
    const other = await page.call('test', { cmid: '13' });
    expect([other.status, other.body.code]).toEqual(cmid === undefined ? [200, undefined] : [403, 'cmid_mismatch']);
  });

  it.each([
    ['no options', [], '--user must be a number from 1 to 4294967295'],
    ['no activity', ['--user', '2'], '--activity must be a number'],
    ['an invalid user', ['--user', '0', '--activity', '1'], '--user must be a number'],
    ['a user beyond 32 bits', ['--user', '4294967296', '--activity', '1'], '--user must be a number'],
    ['an invalid course module', [...named, '--cmid', '0'], '--cmid must be a number from 1 to 4294967295'],
    ['a word as a course module', [...named, '--cmid', 'twelve'], '--cmid must be a number from 1 to 4294967295'],
    ['a lifetime of 0', [...named, '--ttl', '0'], '--ttl must be seconds, or a number with s, m, h or d'],
    ['an invalid lifetime', [...named, '--ttl', 'soon'], '--ttl must be'],
    [
      'a lifetime over the maximum',
      [...named, '--ttl', '8d'],
      '--ttl must be at most JWT_MAX_AGE_SECONDS, which is 604800',
    ],
    ['an unknown option', [...named, '--admin'], "Unknown option '--admin'"],
    ['an argument without an option', [...named, 'x'], 'Unexpected argument'],
  ])('rejects %s with one line and its usage', async (_, options, message) => {
    const ending = await token(options);
    expect(ending).toMatchObject({ code: 78, stdout: '' });
    expect(lines(ending.stderr)).toEqual([
      expect.stringContaining(message),
      expect.stringMatching(/^error: usage: npm run -s token -- --user <id> --activity <id>/),
    ]);
  });

  it('uses the configured secret', async () => {
    const ending = await token(named, { JWT_SECRET: testSecret, NODE_ENV: 'production' });
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(await token(named, { NODE_ENV: 'production' })).toMatchObject({ code: 78, stdout: '' });
  });

  function token(options: string[], environment: Record<string, string> = {}): Promise<Ending> {
    return runOurs('cli/token.js', options, { environment: { DATA_DIR: server.dataDirectory, ...environment } });
  }
});

describe.each(process.env.TEST_DATABASE_URL ? (['sqlite', 'mariadb'] as const) : (['sqlite'] as const))(
  'the migration commands on %s',
  (engine) => {
    afterEach(endPrograms);

    it('run, show and revert can be repeated', async () => {
      const database = await createDatabase(engine);
      const { environment } = database;
      const migrate = (command: string) => runOurs('cli/migrate.js', [command], { environment });
      const printed = (stdout: string) => ({ code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' });
      try {
        expect(await migrate('show')).toEqual(printed(`Outstanding: ${migrations}`));
        expect(await migrate('run')).toEqual(printed(`Done: ${migrations}`));
        expect(await migrate('run')).toEqual(printed('Nothing to do: all migrations are done.'));
        expect(await migrate('show')).toEqual(printed('All migrations are done.'));
        for (let kept = migrationNames.length - 1; kept >= 0; kept--) {
          expect(await migrate('revert')).toEqual(printed('The newest migration is undone.'));
          expect(await migrate('show')).toEqual(printed(`Outstanding: ${migrationNames.slice(kept).join(', ')}`));
        }
        expect(await migrate('revert')).toEqual(printed('Nothing to do: no migration was run.'));
        expect(await migrate('run')).toEqual(printed(`Done: ${migrations}`));
      } finally {
        await database.drop();
      }
    }, 180_000);
  },
);

describe('the migration commands', () => {
  afterEach(endPrograms);

  it('print one line on SQLite while the server runs', async () => {
    const server = await ServerProcess.start();
    const ending = await runOurs('cli/migrate.js', ['run'], { environment: { DATA_DIR: server.dataDirectory } });
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(lines(ending.stderr)).toEqual([
      expect.stringMatching(/^error: .* is in use by another process: one server for one DATA_DIR$/),
    ]);
    expect(await server.status('/readyz')).toBe(200);
  });

  it.each([[['redo']], [[]], [['revert', '--dry-run']], [['run', 'now']]])(
    'refuse %j, and create nothing',
    async (options) => {
      const folder = newFolder();
      const ending = await runOurs('cli/migrate.js', options, { environment: { DATA_DIR: folder } });
      expect(ending).toMatchObject({ code: 78, stdout: '' });
      expect(lines(ending.stderr).at(-1)).toMatch(/^error: usage: npm run migration:run/);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('report an invalid variable like the server', async () => {
    const ending = await runOurs('cli/migrate.js', ['run'], { environment: { DATABASE_URL: 'mysql://u:hunter2@h' } });
    expect(ending).toMatchObject({ code: 78, stdout: '' });
    expect(lines(ending.stderr)).toEqual([expect.stringMatching(/^error: DATABASE_URL must name one database/)]);
    expect(ending.stderr).not.toContain('hunter2');
  });

  it('create a data folder that only its user can read, like the server', async () => {
    const folder = join(newFolder(), 'data');
    await runOurs('cli/migrate.js', ['run'], { environment: { DATA_DIR: folder } });
    expect(statSync(join(folder, 'chat-store.sqlite')).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });
});
