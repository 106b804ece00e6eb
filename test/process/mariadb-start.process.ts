import { randomBytes } from 'node:crypto';
import { expectStatus } from '../support/rest/client.js';
import { createDatabase, databaseUrl, onServer, type TestDatabase } from '../support/database/test-database.js';
import { migrationNames as migrations } from '../support/database/migrations.js';
import { endPrograms, lines, newFolder, runOurs, until, type Ending } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';

// Without MariaDB, the end of the run reports that these tests did not run.
const withMariadb = process.env.TEST_DATABASE_URL ? describe : undefined;

describe('a start without DATABASE_URL', () => {
  afterEach(endPrograms);

  it('needs no database server, also with other DATABASE variables', async () => {
    const server = await ServerProcess.start({ DATABASE_POOL_SIZE: '3', DATABASE_TLS: 'verify' });
    await server.program.untilPrinted(/on SQLite in /);
  });
});

withMariadb?.('a start with DATABASE_URL', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase('mariadb');
  });
  afterEach(async () => {
    await endPrograms();
    await database.drop();
  });

  it('needs no other setting, and a second start finds all data', async () => {
    const server = await ServerProcess.start(database.environment);
    await server.program.untilPrinted(/on the database server at [\w.-]+:\d+\./);
    const client = await server.client();
    const id = await client.newSession({ title: 'Kept' });
    expectStatus(await client.save(id, { content: 'kept, too' }), 201);
    expect(await server.end()).toMatchObject({ code: 0, stderr: '' });

    const second = await ServerProcess.start(database.environment);
    const again = await second.client();
    expect(expectStatus(await again.session(id), 200)).toMatchObject({ title: 'Kept', messageCount: 1 });
    expect(expectStatus(await again.messages(id), 200).data).toMatchObject([{ content: 'kept, too' }]);
  });

  it('works for two servers at once on a fresh database: one migrates, both become ready', async () => {
    const servers = await Promise.all([
      ServerProcess.start(database.environment, newFolder()),
      ServerProcess.start(database.environment, newFolder()),
    ]);
    const done = servers
      .flatMap(({ program }) => logOf(program))
      .filter(({ msg }) => msg.startsWith('Migrations done'));
    expect(done.map(({ msg }) => msg)).toEqual([`Migrations done: ${migrations.join(', ')}`]);
    const [one, two] = servers;
    const id = await (await one.client()).newSession();
    expectStatus(await (await two.client()).session(id), 200);
  });

  it('waits for migrations with MIGRATE_AT_START=false', async () => {
    const server = await ServerProcess.listening({ ...database.environment, MIGRATE_AT_START: 'false' });
    await server.program.untilPrinted(
      new RegExp(`Waiting for ${migrations.length} outstanding migrations: run npm run migration:run`),
    );
    expect(await server.status('/livez')).toBe(200);
    expect(await server.status('/readyz')).toBe(503);

    const migrated = await runOurs('cli/migrate.js', ['run'], { environment: database.environment });
    expect(migrated).toMatchObject({ code: 0, stdout: `Done: ${migrations.join(', ')}\n`, stderr: '' });
    await server.untilReady();
    expectStatus(await (await server.client()).createSession(), 201);
  });

  it('exits with 0 on SIGTERM while it waits for migrations', async () => {
    const server = await ServerProcess.listening({ ...database.environment, MIGRATE_AT_START: 'false' });
    await server.program.untilPrinted(/outstanding migrations/);
    expect(await server.end()).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

withMariadb?.('a start with an unusable DATABASE_URL ends with one line and exit code 78', () => {
  afterEach(endPrograms);

  it('for a missing database', async () => {
    const name = `chat_none_${randomBytes(4).toString('hex')}`;
    expectOneLine(await start(databaseUrl(name)), `has no database "${name}": create it, or check DATABASE_URL`);
  });

  it('for a wrong password, which is not in the line', async () => {
    const url = new URL(databaseUrl('any'));
    url.password = 'hunter2hunter2';
    expectOneLine(await start(url.href), 'check the user and the password in DATABASE_URL');
  });

  it('for a user without rights on the database', async () => {
    const name = `chat_user_${randomBytes(4).toString('hex')}`;
    const database = await createDatabase('mariadb');
    await onServer(`CREATE USER ${name}@'%' IDENTIFIED BY 'hunter2hunter2'`);
    try {
      const url = new URL(database.environment.DATABASE_URL ?? '');
      url.username = name;
      url.password = 'hunter2hunter2';
      expectOneLine(await start(url.href), `does not let the user "${name}" use the database`);
    } finally {
      await onServer(`DROP USER ${name}@'%'`);
      await database.drop();
    }
  });

  it('for a server without TLS', async () => {
    const ending = await start(databaseUrl('any'), { DATABASE_TLS: 'verify' });
    expectOneLine(ending, 'check DATABASE_TLS and DATABASE_TLS_CA');
  });

  it('for tables of another program, which are not changed', async () => {
    const database = await createDatabase('mariadb');
    const name = new URL(database.environment.DATABASE_URL ?? '').pathname.slice(1);
    await onServer(`CREATE TABLE ${name}.user (name TEXT)`);
    try {
      expectOneLine(
        await start(database.environment.DATABASE_URL ?? ''),
        'already has tables that this service did not make: user',
      );
      const tables = await onServer(`SHOW TABLES FROM ${name} LIKE 'writeassistdev%'`);
      expect(JSON.stringify(tables)).not.toContain('writeassistdev_chat_sessions');
    } finally {
      await database.drop();
    }
  });
});

async function start(url: string, environment: Record<string, string> = {}): Promise<Ending> {
  const server = await ServerProcess.listening({ DATABASE_URL: url, ...environment });
  await until('the server has ended', 30_000, () => Promise.resolve(server.program.hasEnded));
  return server.program.ended;
}

function expectOneLine({ code, stderr, stdout }: Ending, message: string): void {
  expect(lines(stderr)).toEqual([
    expect.stringMatching(/^error: the database server at|^error: The database|^error: TLS/),
  ]);
  expect(stderr).toContain(message);
  expect(stderr + stdout).not.toContain('hunter2');
  expect(code).toBe(78);
}
