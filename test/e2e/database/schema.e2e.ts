import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import type { Client } from '../../support/rest/client.js';
import { connect } from '../../support/database/access.js';
import { schemaText, tableNames, uniqueKeys } from '../../support/database/schema.js';
import { createDatabase, engine, type TestDatabase } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

/** The committed schema. To update it, delete the file and run this test, then review the changes. */
const snapshot = join(import.meta.dirname, 'schema', `${engine()}.sql`);

describe('the schema', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** The statements with which TypeORM would change the database to match the entities. */
  async function differences(): Promise<string[]> {
    // TypeORM knows how MariaDB reports defaults only by that name; the server calls both `mysql`.
    const comparing = engine() === 'mariadb' ? await asMariadb() : dataSource;
    try {
      const { upQueries } = await comparing.driver.createSchemaBuilder().log();
      return upQueries.map(({ query }) => query);
    } finally {
      if (comparing !== dataSource) await comparing.destroy();
    }
  }

  function asMariadb(): Promise<DataSource> {
    const options = dataSourceOptions(readConfig(database.environment).database);
    if (options.type !== 'mysql') throw new Error('only for MariaDB');
    return new DataSource({ ...options, type: 'mariadb' }).initialize();
  }

  it('matches the entities', async () => {
    expect(await differences()).toEqual([]);
  });

  it.each([
    ['a column', 'ALTER TABLE writeassistdev_chat ADD COLUMN more INT'],
    ['an index', 'CREATE INDEX ix_more ON writeassistdev_chat (role)'],
  ])('would not match with %s more', async (_name, change) => {
    const runner = dataSource.createQueryRunner();
    await runner.query(change);
    try {
      expect(await differences()).not.toEqual([]);
    } finally {
      await runner.query(
        change.startsWith('ALTER')
          ? 'ALTER TABLE writeassistdev_chat DROP COLUMN more'
          : `DROP INDEX ix_more${engine() === 'mariadb' ? ' ON writeassistdev_chat' : ''}`,
      );
      await runner.release();
    }
    expect(await differences()).toEqual([]);
  });

  it('equals the committed schema', async () => {
    const text = await freshSchema();
    if (!existsSync(snapshot)) {
      writeFileSync(snapshot, text);
      throw new Error(`${snapshot} was missing and has been written: review it, then run again`);
    }
    expect(text).toBe(readFileSync(snapshot, 'utf8'));
  });

  /** The schema of a new database, because SQLite keeps the text of every change to a table. */
  async function freshSchema(): Promise<string> {
    const fresh = await createDatabase();
    try {
      const freshDataSource = await connect(fresh);
      await migrate(freshDataSource);
      const text = await schemaText(freshDataSource);
      await freshDataSource.destroy();
      return text;
    } finally {
      await fresh.drop();
    }
  }

  it('has only our tables and those of migrations', async () => {
    expect(await tableNames(dataSource)).toEqual([
      'user',
      'writeassistdev',
      'writeassistdev_chat',
      'writeassistdev_chat_chunks',
      'writeassistdev_chat_compatibility',
      'writeassistdev_chat_deleted_sessions',
      'writeassistdev_chat_deletions',
      'writeassistdev_chat_import_differences',
      'writeassistdev_chat_imports',
      ...(engine() === 'mariadb' ? ['writeassistdev_chat_migration_lock'] : []),
      'writeassistdev_chat_migrations',
      'writeassistdev_chat_owners',
      'writeassistdev_chat_sessions',
      'writeassistdev_chat_streams',
    ]);
  });

  it('has only unique keys that begin with the owner, except for the ids', async () => {
    const keys = await uniqueKeys(dataSource);
    const ids = keys.filter(({ columns }) => columns.length === 1 && columns[0] === 'id');
    expect(ids.map(({ table }) => table).sort()).toEqual([
      'user',
      'writeassistdev',
      'writeassistdev_chat',
      'writeassistdev_chat_deletions',
      'writeassistdev_chat_sessions',
    ]);
    const others = keys.filter((key) => !ids.includes(key));
    expect(others.length).toBeGreaterThanOrEqual(4);
    for (const key of others) {
      expect({ ...key, columns: key.columns.slice(0, 2) }).toEqual({ ...key, columns: ['writeassistdevid', 'userid'] });
    }
  });
});

describe('ids are compared byte by byte', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  it.each(['CHAT_1_ABC', 'chat_1_abc%20%20', 'ch%C3%A0t_1_abc', '0', 'chat_1_ab_', 'chat_1_ab%25'])(
    'the session chat_1_abc is not found as %s',
    async (name) => {
      await client.newSession({ id: 'chat_1_abc' });
      expect((await client.session(name)).status).toBe(404);
      expect((await client.messages(name)).status).toBe(404);
      expect((await client.save(name, { content: 'x' })).status).toBe(404);
      expect((await client.activate(name)).status).toBe(404);
      expect((await client.deleteSession(name)).status).toBe(404);
      expect((await client.session('chat_1_abc')).body).toMatchObject({ id: 'chat_1_abc', messageCount: 0 });
    },
  );

  it('session ids that differ only in case name two sessions', async () => {
    await client.newSession({ id: 'Chat' });
    await client.newSession({ id: 'chat' });
    await client.save('chat', { content: 'x' });
    expect((await client.session('Chat')).body.messageCount).toBe(0);
    expect((await client.session('chat')).body.messageCount).toBe(1);
  });

  it('clientMessageIds that differ only in case name two messages', async () => {
    const session = await client.newSession();
    expect((await client.save(session, { content: 'x', clientMessageId: 'A' })).status).toBe(201);
    expect((await client.save(session, { content: 'x', clientMessageId: 'a' })).status).toBe(201);
  });
});
