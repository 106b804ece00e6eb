import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DatabaseSync } from '@photostructure/sqlite';
import { migrate, revert } from '../../../src/database/migrations/migrator.js';
import { backUp, restore } from '../../support/backup/commands.js';
import { connect, withDataSource } from '../../support/database/access.js';
import { everyRow, fill, refusal } from '../../support/database/copies.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

let source: TestDatabase;
let target: TestDatabase;
let backup: string;
const folderOf = ({ environment }: TestDatabase) => environment.DATA_DIR ?? '';
const fileOf = (database: TestDatabase) => join(folderOf(database), 'chat-store.sqlite');

beforeEach(async () => {
  source = await createDatabase('sqlite');
  target = await createDatabase('sqlite');
  backup = join(folderOf(source), 'backup');
  await fill(source);
  await backUp(source, backup);
});
afterEach(async () => {
  await source.drop();
  await target.drop();
});

async function expectRefused(line: string | RegExp, from = backup, replace = false): Promise<void> {
  const before = readdirSync(folderOf(target)).sort();
  await expect(restore(target, from, replace)).rejects.toMatchObject(refusal(line));
  expect(readdirSync(folderOf(target)).sort()).toEqual(before);
}

function change(sql: string): void {
  const database = new DatabaseSync(backup);
  database.exec(sql);
  database.close();
}

describe('a restored backup', () => {
  it('has every row of every table as it was, and is for its user alone', async () => {
    expect(await restore(target, backup)).toMatch(/^Restored to .*chat-store.sqlite: sessions: \d+, messages: \d+\.\n/);
    expect(statSync(fileOf(target)).mode & 0o077).toBe(0);
    expect(readdirSync(folderOf(target))).toEqual(['chat-store.sqlite']);
    expect(await everyRow(target)).toEqual(await everyRow(source));
  });

  it('can be written with a slash behind its name', async () => {
    const file = join(folderOf(source), 'another');
    expect(await backUp(source, `${file}/`)).toContain(`${file}: `);
    await restore(target, file);
  });

  it('of an older schema is brought up to date by the next start', async () => {
    const older = await createDatabase('sqlite');
    await withDataSource(older, async (dataSource) => {
      await migrate(dataSource);
      await revert(dataSource);
      await revert(dataSource);
    });
    await backUp(older, join(folderOf(older), 'backup'));
    await restore(target, join(folderOf(older), 'backup'));
    await withDataSource(target, async (dataSource) => {
      expect(await migrate(dataSource)).toHaveLength(2);
    });
    await older.drop();
  });

  it('of a newer program whose schema this one may use is restored', async () => {
    change(`INSERT INTO writeassistdev_chat_migrations (timestamp, name) VALUES (9e15, 'AddLater1');
      INSERT INTO writeassistdev_chat_compatibility VALUES ('AddLater1', 'AddHistory1795392000000')`);
    await restore(target, backup);
    expect(existsSync(fileOf(target))).toBe(true);
  });

  it('can be the file of a DATA_DIR with the log that a killed server has left', async () => {
    const running = await connect(source);
    await running.query("UPDATE writeassistdev SET name = 'in the log'");
    const copy = join(folderOf(source), 'copy');
    for (const suffix of ['', '-wal']) copyFileSync(fileOf(source) + suffix, copy + suffix);
    await running.destroy();
    await restore(target, copy);
    expect(await everyRow(target)).toEqual(await everyRow(source));
  });
});

describe('a restore refuses', () => {
  it('a place where a database is, or a log of one', async () => {
    copyFileSync(backup, fileOf(target));
    const before = readFileSync(fileOf(target));
    await expectRefused('already exists: restore into another DATA_DIR, or add --replace');
    expect(readFileSync(fileOf(target)).equals(before)).toBe(true);
    await target.drop();
    target = await createDatabase('sqlite');
    writeFileSync(`${fileOf(target)}-wal`, 'x');
    await expectRefused('chat-store.sqlite-wal already exists');
  });

  it('to replace a database that a server uses', async () => {
    const running = await connect(target);
    await running.query('CREATE TABLE t (id)');
    await expectRefused('is in use by a server: stop it first', backup, true);
    await running.destroy();
  });

  it('a backup that was not finished', async () => {
    copyFileSync(backup, `${backup}.part`);
    await expectRefused('is a backup that was not finished', `${backup}.part`);
  });

  it('a backup that needs a newer program', async () => {
    change("INSERT INTO writeassistdev_chat_migrations (timestamp, name) VALUES (9e15, 'AddLater1')");
    await expectRefused(/^This program is older than the backup .*AddLater1: restore it with a newer version/);
  });

  it.each<[string, () => void, string | RegExp]>([
    [
      'a text',
      () => {
        writeFileSync(backup, 'Hello');
      },
      'is not a backup of this service',
    ],
    [
      'an empty file',
      () => {
        truncateSync(backup, 0);
      },
      'is not a backup of this service',
    ],
    [
      'a gzipped text',
      () => {
        writeFileSync(backup, gzipSync('Hello'));
      },
      'is not a backup of this service',
    ],
    [
      'a broken gzip',
      () => {
        writeFileSync(backup, gzipSync('Hello').subarray(0, 8));
      },
      'is not a backup of this service',
    ],
    [
      'a gzipped database',
      () => {
        writeFileSync(backup, gzipSync(readFileSync(backup)));
      },
      'unpack it with gunzip first',
    ],
    [
      'a truncated database',
      () => {
        truncateSync(backup, 100_000);
      },
      /is damaged \(.*\): restore an older backup/,
    ],
    [
      'half a page',
      () => {
        truncateSync(backup, 5000);
      },
      'is damaged',
    ],
    [
      'a database with a damaged page',
      () => {
        damage();
      },
      'is damaged',
    ],
    [
      'a database of another program',
      () => {
        change('DROP TABLE writeassistdev_chat_migrations');
      },
      'is not a backup of this service',
    ],
    [
      'an orphan',
      () => {
        change('PRAGMA foreign_keys = OFF; DELETE FROM writeassistdev_chat_sessions');
      },
      'refers to no row',
    ],
    [
      'a dump',
      () => {
        writeFileSync(backup, gzipSync('-- chat store backup {"format":1}\n'));
      },
      'is a backup of MariaDB or MySQL: DATABASE_URL must name',
    ],
    [
      'an unpacked dump',
      () => {
        writeFileSync(backup, '-- chat store backup {"format":1}\n');
      },
      'compress it with gzip again',
    ],
  ])('%s', async (_, spoil, line) => {
    spoil();
    await expectRefused(line);
  });

  it('what is no file', async () => {
    await expectRefused('does not exist', '/nowhere/backup');
    await expectRefused('is not a regular file', folderOf(source));
    const pipe = join(folderOf(source), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expectRefused('is not a regular file', pipe);
  });
});

/** Overwrites a page in the middle. */
function damage(): void {
  const bytes = readFileSync(backup);
  bytes.fill(0x5a, 10 * 4096, 11 * 4096);
  writeFileSync(backup, bytes);
}

describe('--replace', () => {
  async function replace(): Promise<string> {
    const text = await restore(target, backup, true);
    const [, aside = ''] = /The database that was there is now (.*)\.\n/.exec(text) ?? [];
    expect(aside).toMatch(/chat-store\.sqlite\.replaced-20\d\d-[\dTZ-]+$/);
    return aside;
  }

  it('keeps the database that was there with its log, and it can be restored in turn', async () => {
    const running = await connect(target);
    await running.query('PRAGMA wal_autocheckpoint = 0');
    await migrate(running);
    await running.query("INSERT INTO writeassistdev (id, name) VALUES (77, 'old')");
    const killed = await createDatabase('sqlite');
    for (const suffix of ['', '-wal']) copyFileSync(fileOf(target) + suffix, fileOf(killed) + suffix);
    await running.destroy();
    const old = await everyRow(target);
    for (const suffix of ['', '-wal']) copyFileSync(fileOf(killed) + suffix, fileOf(target) + suffix);

    const aside = await replace();
    expect(await everyRow(target)).toEqual(await everyRow(source));
    const names = readdirSync(folderOf(target)).filter((name) => !name.startsWith(basename(aside)));
    expect(names).toEqual(['chat-store.sqlite']);
    expect(existsSync(`${aside}-wal`)).toBe(true);
    await restore(killed, aside, true);
    expect(await everyRow(killed)).toEqual(old);
    await killed.drop();
  });

  it('keeps one that is damaged, too', async () => {
    writeFileSync(fileOf(target), 'SQLite format 3\0 and then rubbish');
    const aside = await replace();
    expect(readFileSync(aside, 'utf8')).toContain('rubbish');
    expect(await everyRow(target)).toEqual(await everyRow(source));
  });

  it('changes nothing when the backup is refused', async () => {
    copyFileSync(backup, fileOf(target));
    appendFileSync(backup, 'x');
    truncateSync(backup, 50_000);
    await expectRefused('is damaged', backup, true);
  });

  it('is not needed where no database is', async () => {
    expect(await restore(target, backup, true)).not.toContain('The database that was there');
  });
});
