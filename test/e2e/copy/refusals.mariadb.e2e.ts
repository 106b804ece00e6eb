import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { migrate, pendingMigrations, revert } from '../../../src/database/migrations/migrator.js';
import { connect, withDataSource } from '../../support/database/access.js';
import { Copying, everyRow, fill, owner } from '../../support/database/copies.js';
import { tableNames } from '../../support/database/schema.js';
import { serve } from '../../support/http/serve.js';
import { migrationNames } from '../../support/database/migrations.js';

let copying: Copying;
let file: string;
beforeEach(async () => {
  copying = await Copying.create();
  file = join(copying.sourceFolder, 'chat-store.sqlite');
});
afterEach(() => copying.drop());

/** Every file of the source with its bytes. */
function sourceFiles(folder = copying.sourceFolder): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names
      .filter((name) => name.includes('sqlite'))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

function refusal(line: string | RegExp) {
  const message: unknown = typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line);
  return { exitCode: 78, message };
}

async function expectUntouchedTarget(): Promise<void> {
  expect(await withDataSource(copying.target, (dataSource) => tableNames(dataSource))).toEqual([]);
}

describe('the source', () => {
  it('is not changed, and may be a copy of the file under another name in a folder that is read-only', async () => {
    await fill(copying.source);
    const backup = join(copying.sourceFolder, 'backup %1?#é');
    mkdirSync(backup);
    copyFileSync(file, join(backup, 'yesterday.sqlite.bak'));
    const before = sourceFiles();
    expect((await copying.run(join(backup, 'yesterday.sqlite.bak'))).isSame).toBe(true);
    expect((await copying.run()).text).toContain('nothing was copied');
    expect(sourceFiles()).toEqual(before);
  });

  it('of a killed server is copied with its log, which stays as it is', async () => {
    await fill(copying.source);
    const killed = join(copying.sourceFolder, 'killed');
    mkdirSync(killed);
    const running = await connect(copying.source);
    await running.query(
      "UPDATE writeassistdev_chat_sessions SET title = 'only in the log' WHERE session_id = 'title-1'",
    );
    for (const name of readdirSync(copying.sourceFolder).filter((found) => found.startsWith('chat-store'))) {
      copyFileSync(join(copying.sourceFolder, name), join(killed, name));
    }
    await running.destroy();
    const link = join(copying.sourceFolder, 'link');
    symlinkSync(join(killed, 'chat-store.sqlite'), link);
    const before = sourceFiles(killed);
    expect(Object.keys(before)).toEqual(['chat-store.sqlite', 'chat-store.sqlite-wal']);
    expect((await copying.run(killed)).isSame).toBe(true);
    expect((await copying.run(link)).text).toContain('nothing was copied');
    expect(sourceFiles(killed)).toEqual(before);
    expect(await everyRow(copying.target)).toEqual(await everyRow(copying.source));
  });

  it('of an older version is migrated in a temporary copy', async () => {
    await fill(copying.source);
    await withDataSource(copying.source, (dataSource) => revert(dataSource));
    const before = sourceFiles();
    const { isSame, text } = await copying.run();
    expect(isSame).toBe(true);
    expect(text).toContain(`The source lacks ${migrationNames.at(-1) ?? ''}: a temporary copy of it was migrated.`);
    expect(sourceFiles()).toEqual(before);
    await withDataSource(copying.source, (dataSource) => migrate(dataSource));
    expect(await everyRow(copying.target)).toEqual(await everyRow(copying.source));
  });

  it('of a newer version is refused', async () => {
    await fill(copying.source);
    await withDataSource(copying.source, (dataSource) =>
      dataSource.query("INSERT INTO writeassistdev_chat_migrations (timestamp, name) VALUES (9, 'Newer9')"),
    );
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/chat-store\.sqlite: This program is older than its database, which has the migrations Newer9/),
    );
    await expectUntouchedTarget();
  });

  it('is refused while a server uses it', async () => {
    await fill(copying.source);
    const running = await connect(copying.source);
    await running.query('SELECT 1 FROM user');
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^\S*chat-store\.sqlite is in use by another process: stop the server first$/),
    );
    await running.destroy();
    await expectUntouchedTarget();
  });

  it.each<[string, () => unknown, string]>([
    [
      'no file',
      () => undefined,
      ' has no chat-store.sqlite: --from must be a DATA_DIR, or a backup of its database file',
    ],
    [
      'a file of another kind',
      () => {
        writeFileSync(file, 'a text of some length');
      },
      'is not an SQLite database',
    ],
    [
      'an empty file',
      () => {
        writeFileSync(file, '');
      },
      'is not an SQLite database',
    ],
    [
      'a folder of this name',
      () => {
        mkdirSync(file);
      },
      'cannot be read (EISDIR)',
    ],
    [
      'a database of another program',
      () => {
        new DatabaseSync(file).exec('CREATE TABLE user (id INTEGER PRIMARY KEY); INSERT INTO user VALUES (1)');
      },
      ': it is not a database of this service: none of its migrations was run',
    ],
    [
      'a store without chats',
      () => withDataSource(copying.source, (dataSource) => migrate(dataSource)),
      ': it has no chats: there is nothing to copy',
    ],
    [
      'a part of a file',
      async () => {
        await fill(copying.source);
        truncateSync(file, 200_000);
      },
      'is damaged or is not a database',
    ],
    [
      'a file with a page that was overwritten',
      async () => {
        await fill(copying.source);
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0, 24 * 4096, 25 * 4096));
      },
      ': it is damaged (',
    ],
    [
      'a store with messages of no chat',
      async () => {
        await fill(copying.source);
        await withDataSource(copying.source, async (dataSource) => {
          await dataSource.query('PRAGMA foreign_keys = OFF');
          await dataSource.query("DELETE FROM writeassistdev_chat_sessions WHERE session_id = 'chat-1'");
        });
      },
      'a row of writeassistdev_chat refers to no row of writeassistdev_chat_sessions',
    ],
    [
      'a text that is not UTF-8',
      async () => {
        await fill(copying.source);
        await withDataSource(copying.source, (dataSource) =>
          dataSource.query("UPDATE writeassistdev_chat SET content = CAST(x'61ff62' AS TEXT) WHERE id = 2"),
        );
      },
      'writeassistdev_chat (id 2) has a text that is not UTF-8',
    ],
    [
      'a text that is too long for the target',
      async () => {
        await fill(copying.source);
        await withDataSource(copying.source, (dataSource) =>
          dataSource.query('UPDATE writeassistdev_chat SET content = hex(zeroblob(8380000)) WHERE id = 2'),
        );
      },
      'writeassistdev_chat (id 2) has a text of 16760000 bytes: max_allowed_packet of the target is too small',
    ],
  ])('that is %s is refused in one line, and nothing is copied', async (_, make, line) => {
    await make();
    await expect(copying.run()).rejects.toMatchObject(refusal(line));
    const rows = await withDataSource(copying.target, async (dataSource) => {
      return (await tableNames(dataSource)).includes('user') ? dataSource.query<unknown[]>('SELECT * FROM user') : [];
    });
    expect(rows).toEqual([]);
  });

  it('that cannot be copied to the folder of temporary files is refused', async () => {
    await fill(copying.source);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = '/nowhere';
    try {
      await expect(copying.run()).rejects.toMatchObject(
        refusal(/chat-store\.sqlite cannot be copied to \/nowhere \(ENOENT\); TMPDIR can name another folder$/),
      );
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  it('that the target cannot store ends the copy with the rows in question', async () => {
    await fill(copying.source);
    await withDataSource(copying.source, (dataSource) =>
      dataSource.query("UPDATE writeassistdev_chat SET client_message_id = 'ü' WHERE id = 3"),
    );
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^the target cannot store one of the rows from writeassistdev_chat \(id 1\) to .* \(ER_\w+\)$/),
    );
  });

  it('that does not exist is refused', async () => {
    await expect(copying.run(join(copying.sourceFolder, 'nowhere'))).rejects.toMatchObject(
      refusal(/\/nowhere does not exist$/),
    );
  });
});

describe('the target', () => {
  beforeEach(() => fill(copying.source));

  it('with chats of its own is refused, and not even migrated', async () => {
    await serve(copying.target, async ({ client }) => (await client(owner)).newSession());
    await withDataSource(copying.target, (dataSource) => revert(dataSource));
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^the target already has chats \(user\), which this command has not copied: --to must name an empty/),
    );
    expect(await withDataSource(copying.target, (dataSource) => pendingMigrations(dataSource))).toEqual(
      migrationNames.slice(-1),
    );
  });

  it('that a server has only started on is taken', async () => {
    await serve(copying.target, () => Promise.resolve());
    expect((await copying.run()).isSame).toBe(true);
  });

  it('with tables of another program is refused as at a start, unless DATABASE_SHARED says so', async () => {
    await withDataSource(copying.target, (dataSource) =>
      dataSource.query('CREATE TABLE mdl_user (id INT PRIMARY KEY)'),
    );
    await expect(copying.run()).rejects.toMatchObject(refusal(/mdl_user.*DATABASE_SHARED=true/));
    expect((await copying.run(undefined, { DATABASE_SHARED: 'true' })).isSame).toBe(true);
  });

  it('is not migrated with MIGRATE_AT_START=false', async () => {
    await expect(copying.run(undefined, { MIGRATE_AT_START: 'false' })).rejects.toMatchObject(
      refusal(/^outstanding migrations: .*; run npm run migration:run$/),
    );
    await expectUntouchedTarget();
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'hunter2!'), 78, /refuses the user|does not let/],
    ['no server', (url: URL) => (url.port = '9'), 1, /127\.0\.0\.1:9 cannot be used now \(ECONNREFUSED\)$/],
    ['no such database', (url: URL) => (url.pathname = '/nowhere'), 78, /has no database "nowhere"/],
  ])('with %s ends in one line without the password', async (_, spoil, exitCode, line) => {
    const url = new URL(copying.target.environment.DATABASE_URL ?? '');
    spoil(url);
    const error = await copying.run(undefined, { DATABASE_URL: url.href }).catch((found: unknown) => found);
    expect(error).toMatchObject({ exitCode, message: expect.stringMatching(line) as string });
    expect(String(error)).not.toContain('hunter2');
  });
});
