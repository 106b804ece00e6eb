import { randomBytes } from 'node:crypto';
import mysql2 from 'mysql2/promise';
import { startMariadb, type Mariadb } from '../support/database/mariadb.mjs';
import { createDatabase, onServer, type TestDatabase } from '../support/database/test-database.js';
import { endPrograms, lines, until, type Ending } from '../support/process/program.js';
import { ServerProcess, logOf, testSecret } from '../support/process/server.js';
import { walkMessages } from '../support/rest/data.js';
import { full, isFull } from '../support/run/full.js';

// Without MariaDB, the end of the run reports that these tests did not run.
const withMariadb = process.env.TEST_DATABASE_URL ? describe : undefined;

const password = 'hunter2hunter2';
const mebibyte = 1024 * 1024;

async function query(url: string, ...statements: string[]): Promise<void> {
  const connection = await mysql2.createConnection(url);
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

async function start(environment: Record<string, string>): Promise<Ending> {
  const server = await ServerProcess.listening(environment);
  await until('the server has ended', 30_000, () => Promise.resolve(server.program.hasEnded));
  return server.program.ended;
}

function expectRefused({ code, stderr, stdout }: Ending, message: string | RegExp): void {
  expect(lines(stderr)).toEqual([expect.stringMatching(/^error: /)]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr + stdout).not.toContain(password);
  expect(code).toBe(78);
}

const warnings = (server: ServerProcess) =>
  logOf(server.program)
    .filter(({ level }) => level === 40)
    .map(({ msg }) => msg);

withMariadb?.('an account with limits', () => {
  let database: TestDatabase;
  let name: string;
  let user: string;
  let environment: Record<string, string>;

  beforeEach(async () => {
    database = await createDatabase('mariadb');
    const url = new URL(database.environment.DATABASE_URL ?? '');
    name = url.pathname.slice(1);
    user = `chat_user_${randomBytes(4).toString('hex')}`;
    url.username = user;
    url.password = password;
    environment = { DATABASE_URL: url.href };
    await onServer(`CREATE USER ${user}@'%' IDENTIFIED BY '${password}'`);
  });
  afterEach(async () => {
    await endPrograms();
    await onServer(`DROP USER ${user}@'%'`);
    await database.drop();
  });

  /** Migrates with the user of the tests. */
  async function migrate(): Promise<void> {
    const server = await ServerProcess.start(database.environment);
    await server.end();
  }

  it.each(full(['INSERT', 'UPDATE', 'DELETE', 'SELECT'], ['UPDATE']))(
    'without %s is rejected at the start, also if no migration is pending',
    async (missing) => {
      await migrate();
      const others = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].filter((privilege) => privilege !== missing);
      await onServer(`GRANT ${others.join(', ')} ON ${name}.* TO ${user}@'%'`);
      expectRefused(await start(environment), new RegExp(`does not let the user "${user}" ${missing}: GRANT SELECT, `));
    },
  );

  // MariaDB does not check REFERENCES; MySQL does.
  it.each(full(['CREATE', 'INDEX', 'ALTER'], ['INDEX']))(
    'without %s is rejected while migrations are pending, and accepted once it is granted',
    async (missing) => {
      const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'DROP', 'INDEX', 'REFERENCES'];
      const granted = all.filter((privilege) => privilege !== missing);
      await onServer(`GRANT ${granted.join(', ')} ON ${name}.* TO ${user}@'%'`);
      expectRefused(await start(environment), new RegExp(`does not let the user "${user}" .*MIGRATE_AT_START=false`));
      await onServer(`GRANT ${missing} ON ${name}.* TO ${user}@'%'`);
      const server = await ServerProcess.start(environment);
      expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('with fewer connections than the pool gets a warning that names DATABASE_POOL_SIZE', async () => {
    await onServer(`GRANT ALL ON ${name}.* TO ${user}@'%' WITH MAX_USER_CONNECTIONS 3`);
    const server = await ServerProcess.start(environment);
    expect(warnings(server)).toEqual([
      expect.stringMatching(/allows 3 connections \(max_user_connections\), less than DATABASE_POOL_SIZE \(10\)/),
    ]);
    const client = await server.client();
    await Promise.all(Array.from({ length: 40 }, () => client.createSession()));
    await server.program.untilPrinted(/"variable":"DATABASE_POOL_SIZE".*"msg":"database_unavailable"/);
  });

  it('that requires TLS is rejected with the name DATABASE_TLS', async () => {
    await onServer(`GRANT ALL ON ${name}.* TO ${user}@'%' REQUIRE SSL`);
    expectRefused(await start(environment), /check the user and the password .*set DATABASE_TLS to verify/);
  });

  it('that is locked is rejected with this reason', async () => {
    await onServer(`GRANT ALL ON ${name}.* TO ${user}@'%'`);
    await onServer(`ALTER USER ${user}@'%' ACCOUNT LOCK`);
    expectRefused(await start(environment), 'has locked the account of the user');
  });

  it('with a table without transactions is rejected with the table and its engine', async () => {
    await migrate();
    await onServer(`ALTER TABLE ${name}.writeassistdev_chat_imports ENGINE=MyISAM`);
    expectRefused(
      await start(database.environment),
      /storage engine without transactions: writeassistdev_chat_imports \(MyISAM\); run ALTER TABLE/,
    );
  });
});

withMariadb?.('a server with max_allowed_packet=1M', () => {
  let mariadb: Mariadb;
  let server: ServerProcess;

  beforeAll(async () => {
    mariadb = await startMariadb({ options: ['--max-allowed-packet=1M'] });
    await query(mariadb.url, 'CREATE DATABASE chats');
    server = await ServerProcess.start({ DATABASE_URL: `${mariadb.url}chats` });
  }, 60_000);
  afterAll(async () => {
    await endPrograms();
    await mariadb.stop();
  });

  it('gets a warning at the start', () => {
    expect(warnings(server)).toEqual([
      expect.stringMatching(/^max_allowed_packet of .* is 1048576 bytes: .* 413\. Set it to 2228224 or more, or lower/),
    ]);
  });

  it('stores contents up to the limit, and answers larger ones with 413 and the limit', async () => {
    const client = await server.client();
    const session = await client.newSession();
    const sizes = full(
      Array.from({ length: 25 }, (_, index) => 1_048_000 + index * 24),
      [1_048_000, 1_048_476, mebibyte - 1, mebibyte],
    );
    const outcomes: [number, number][] = [];
    for (const bytes of sizes) {
      const content = 'x'.repeat(bytes);
      const answer = await client.save(session, { content });
      outcomes.push([bytes, answer.status]);
      if (answer.status === 201) continue;
      expect(answer).toMatchObject({
        status: 413,
        body: {
          code: 'body_too_large',
          detail: expect.stringContaining('1048576 bytes (max_allowed_packet)') as string,
        },
      });
      expect(answer.headers.get('retry-after')).toBeNull();
      expect((await client.save(session, { content, clientMessageId: `m-${bytes}` })).status).toBe(413);
    }
    expect(outcomes[0]).toEqual([1_048_000, 201]);
    expect(outcomes.at(-1)).toEqual([mebibyte, 413]);
    const stored = outcomes.filter(([, status]) => status === 201);
    // If one is rejected, every larger one is.
    expect(outcomes.slice(0, stored.length)).toEqual(stored);
    // Several pages, because a page ends at 8 MiB.
    const messages = (await walkMessages(client, session, 'limit=50')).flat();
    expect(messages.map(({ content }) => content.length)).toEqual(stored.map(([bytes]) => bytes));
    expect(server.program.stdout).toMatch(/"errno":1153/);
  });

  it('answers the legacy endpoint in the same way', async () => {
    const { token } = await server.client();
    const body = new URLSearchParams({ cmid: '1', sesskey: token, action: 'append_message', session_id: 'chat-1' });
    body.set('role', 'user');
    body.set('content', 'x'.repeat(mebibyte));
    const response = await fetch(`${server.url}/mod/writeassistdev/ajax.php`, { method: 'POST', body });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      success: false,
      code: 'body_too_large',
      error: expect.stringContaining('1048576 bytes (max_allowed_packet)') as string,
    });
  });
});

withMariadb?.('a server that does not flush each commit', () => {
  let mariadb: Mariadb;
  let environment: Record<string, string>;
  const production = { NODE_ENV: 'production', JWT_SECRET: testSecret };

  beforeAll(async () => {
    mariadb = await startMariadb({ options: ['--log-bin', '--server-id=1', '--sync-binlog=0'] });
    await query(mariadb.url, 'CREATE DATABASE chats');
    environment = { DATABASE_URL: `${mariadb.url}chats` };
  }, 60_000);
  afterEach(endPrograms);
  afterAll(() => mariadb.stop());

  const flush = (value: number) => query(mariadb.url, `SET GLOBAL innodb_flush_log_at_trx_commit = ${value}`);

  it.each([0, 2])(
    'with innodb_flush_log_at_trx_commit=%d is refused in production before a table is made',
    async (value) => {
      await flush(value);
      const refused = await start({ ...environment, ...production });
      expectRefused(refused, `innodb_flush_log_at_trx_commit of the database server at`);
      expect(refused.stderr).toMatch(
        new RegExp(` is ${value}: a power cut loses .* Set it to 1 there .*, or DATABASE_DURABILITY=relaxed here`),
      );
      const connection = await mysql2.createConnection(environment.DATABASE_URL ?? '');
      const [tables] = await connection.query('SHOW TABLES');
      await connection.end();
      expect(tables).toEqual([]);
    },
  );

  it('is accepted with DATABASE_DURABILITY=relaxed, with 1 or 3, and outside production, with warnings', async () => {
    const binlog = expect.stringMatching(/^sync_binlog of .* is 0: .* Set it to 1\.$/) as string;
    const cases: [number, Record<string, string>, string[]][] = [
      [2, { ...production, DATABASE_DURABILITY: 'relaxed' }, ['which DATABASE_DURABILITY=relaxed accepts']],
      [2, {}, ['and production refuses it. Set it to 1 there']],
      [1, production, []],
      [3, production, []],
    ];
    for (const [value, more, expected] of cases) {
      await flush(value);
      const server = await ServerProcess.start({ ...environment, ...more });
      const flushing = expected.map((part) => expect.stringContaining(part) as string);
      expect([value, warnings(server)]).toEqual([value, [...flushing, binlog]]);
      await server.end();
    }
  }, 120_000);

  it('gets no warning of sync_binlog=1', async () => {
    await query(mariadb.url, 'SET GLOBAL sync_binlog = 1');
    await flush(1);
    expect(warnings(await ServerProcess.start({ ...environment, ...production }))).toEqual([]);
  });
});

/** Each needs a separate server. */
const wrongServers: [option: string[], message: RegExp][] = [
  [['--log-bin', '--binlog-format=STATEMENT', '--server-id=1'], /binlog_format must be ROW or MIXED/],
  [['--require-secure-transport=ON'], /set DATABASE_TLS to verify or unverified/],
];

if (isFull) {
  withMariadb?.('a server that cannot be used', () => {
    afterEach(endPrograms);

    it.each(wrongServers)('with %s ends with exit code 78 and what to change', async (options, message) => {
      const mariadb = await startMariadb({ options });
      try {
        if (!options.includes('--require-secure-transport=ON')) await query(mariadb.url, 'CREATE DATABASE chats');
        expectRefused(await start({ DATABASE_URL: `${mariadb.url}chats` }), message);
      } finally {
        await mariadb.stop();
      }
    });

    it('with read-only transactions is waited for', async () => {
      const mariadb = await startMariadb({ options: ['--transaction-read-only=ON'] });
      try {
        await query(mariadb.url, 'SET SESSION TRANSACTION READ WRITE', 'CREATE DATABASE chats');
        const server = await ServerProcess.listening({ DATABASE_URL: `${mariadb.url}chats` });
        // A connection that sets its transactions to read-write needs no waiting.
        await server.program.untilPrinted(/READ_ONLY_TRANSACTION|Migrations done/);
        expect(server.program.hasEnded).toBe(false);
      } finally {
        await mariadb.stop();
      }
    });
  });
}
