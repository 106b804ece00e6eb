import { readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { migrate, revert } from '../../../src/database/migrations/migrator.js';
import { backUp, restore } from '../../support/backup/commands.js';
import { withDataSource } from '../../support/database/access.js';
import { Copying, everyRow, fill, refusal } from '../../support/database/copies.js';
import { tableNames } from '../../support/database/schema.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

/** Of a database with every delicate text, and of the backup that is restored and spoiled. */
let copying: Copying;
let whole: Buffer;
let target: TestDatabase;
let backup: string;

beforeAll(async () => {
  copying = await Copying.create();
  await fill(copying.source);
  await copying.run();
  backup = join(copying.sourceFolder, 'backup');
  await backUp(copying.target, backup);
  whole = readFileSync(backup);
});
afterAll(() => copying.drop());
beforeEach(async () => {
  target = await createDatabase('mariadb');
  writeFileSync(backup, whole);
});
afterEach(() => target.drop());

const tables = (database: TestDatabase) => withDataSource(database, (dataSource) => tableNames(dataSource));

async function execute(database: TestDatabase, ...statements: string[]): Promise<void> {
  await withDataSource(database, async (dataSource) => {
    for (const statement of statements) await dataSource.query(statement);
  });
}

async function expectRefused(line: string | RegExp, more: Record<string, string> = {}): Promise<void> {
  const before = await tables(target);
  const changed = { ...target, environment: { ...target.environment, ...more } };
  await expect(restore(changed, backup)).rejects.toMatchObject(refusal(line));
  expect(await tables(target)).toEqual(before);
}

/** Writes a backup with another text. */
function rewrite(change: (sql: string) => string): void {
  writeFileSync(backup, gzipSync(change(gunzipSync(whole).toString())));
}

describe('a restored backup', () => {
  it('has every row of every table as it was, and nothing that is not of this service', async () => {
    expect(await restore(target, backup)).toMatch(
      /^Restored to the database server at .*: sessions: \d+, messages: \d+\.\n/,
    );
    expect(await everyRow(target)).toEqual(await everyRow(copying.target));
    const lock = 'writeassistdev_chat_migration_lock';
    expect(await tables(target)).toEqual((await tables(copying.target)).filter((name) => name !== lock));
    await withDataSource(target, async (dataSource) => {
      expect(await migrate(dataSource)).toEqual([]);
    });
  });

  it('was written for its user alone, without tables of others, but with those of a newer version', async () => {
    await migrateTo(target);
    await execute(
      target,
      'CREATE TABLE of_another_program (id INT)',
      "CREATE TABLE writeassistdev_chat_later (id INT) COMMENT='writeassistdev-chat-store'",
      'INSERT INTO writeassistdev_chat_later VALUES (5)',
    );
    const file = join(target.environment.DATA_DIR ?? '', 'backup');
    await backUp(target, file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(target.environment.DATA_DIR ?? '')).toEqual(['backup']);
    const sql = gunzipSync(readFileSync(file)).toString();
    expect(sql).toContain('INSERT INTO `writeassistdev_chat_later` VALUES\n(5)');
    expect(sql).not.toContain('of_another_program');
  });

  it('of an older schema is brought up to date by the next start', async () => {
    const older = await createDatabase('mariadb');
    await withDataSource(older, async (dataSource) => {
      await migrate(dataSource);
      await revert(dataSource);
      await revert(dataSource);
    });
    const file = join(older.environment.DATA_DIR ?? '', 'backup');
    await backUp(older, file);
    await restore(target, file);
    await withDataSource(target, async (dataSource) => {
      expect(await migrate(dataSource)).toHaveLength(2);
    });
    await older.drop();
  });
});

async function migrateTo(database: TestDatabase): Promise<void> {
  await withDataSource(database, (dataSource) => migrate(dataSource));
}

describe('a restore refuses, and changes nothing for', () => {
  it('a database with tables of this service, or of the same name', async () => {
    await execute(target, 'CREATE TABLE user (id INT)');
    await expectRefused('already has the table user: a restore needs a database without tables of this service');
    await expectRefused('already has the table user', { DATABASE_SHARED: 'true' });
    await execute(target, 'DROP TABLE user');
    await migrateTo(target);
    await expectRefused('already has the table user');
  });

  it('a database of another program, unless it is shared', async () => {
    await execute(target, 'CREATE TABLE of_another_program (id INT)');
    await expectRefused('tables that this service did not make: of_another_program');
    await restore({ ...target, environment: { ...target.environment, DATABASE_SHARED: 'true' } }, backup);
    expect(await everyRow(target)).toEqual(await everyRow(copying.target));
  });

  it.each<[string, () => void, string | RegExp]>([
    [
      'a backup without its end',
      () => {
        truncateSync(backup, whole.length - 9);
      },
      'is truncated or damaged',
    ],
    [
      'a backup without its second half',
      () => {
        truncateSync(backup, Math.floor(whole.length / 2));
      },
      'is truncated or damaged',
    ],
    [
      'a changed byte',
      () => {
        writeFileSync(
          backup,
          whole.map((byte, index) => (index === 2000 ? byte ^ 1 : byte)),
        );
      },
      'is truncated or damaged',
    ],
    [
      'a dump that has not ended',
      () => {
        rewrite((sql) => sql.slice(0, -200));
      },
      'is truncated or damaged',
    ],
    [
      'another dump',
      () => {
        rewrite((sql) => sql.slice(sql.indexOf('\n') + 1));
      },
      'is not a backup of this service',
    ],
    [
      'a newer format',
      () => {
        rewrite((sql) => sql.replace('"format":1', '"format":2'));
      },
      'newer version of this program',
    ],
    [
      'a newer schema',
      () => {
        rewrite((sql) => sql.replace('"migrations":[', '"migrations":[{"name":"AddLater1","oldestProgram":null},'));
      },
      /^This program is older than the backup .*AddLater1/,
    ],
    [
      'a backup of SQLite',
      () => {
        writeFileSync(backup, 'SQLite format 3\0');
      },
      /is a backup of SQLite.*npm run copy -- --from/,
    ],
  ])('%s', async (_, spoil, line) => {
    spoil();
    await expectRefused(line);
  });

  it('--replace', async () => {
    await expect(restore(target, backup, true)).rejects.toMatchObject(refusal('--replace is for SQLite'));
    expect(await tables(target)).toEqual([]);
  });
});

describe('a restore that fails half way', () => {
  const refused = refusal('A restore into this database has not ended');

  it('leaves a database that every program refuses, until it is restored again', async () => {
    rewrite((sql) => sql.replace('INSERT INTO `writeassistdev_chat_sessions`', 'INSERT INTO `nowhere`'));
    await expect(restore(target, backup)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        /^mariadb has failed \(exit code 1\): ERROR 1146 \(42S02\) at line \d+$/,
      ) as string,
    });
    expect(await tables(target)).toContain('writeassistdev_chat');
    await withDataSource(target, async (dataSource) => {
      await expect(migrate(dataSource)).rejects.toMatchObject(refused);
    });
    await expect(backUp(target, join(target.environment.DATA_DIR ?? '', 'b'))).rejects.toMatchObject(refused);
    expect(readdirSync(target.environment.DATA_DIR ?? '')).toEqual([]);

    writeFileSync(backup, whole);
    await restore(target, backup);
    expect(await everyRow(target)).toEqual(await everyRow(copying.target));
    await migrateTo(target);
  });
});

it('a backup of a database without tables is refused', async () => {
  const file = join(target.environment.DATA_DIR ?? '', 'backup');
  await expect(backUp(target, file)).rejects.toMatchObject(refusal('has no chats: there is nothing to back up'));
});
