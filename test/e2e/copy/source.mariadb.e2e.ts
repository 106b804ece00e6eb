import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { migrate, revert } from '../../../src/database/migrations/migrator.js';
import { connect, withDataSource } from '../../support/database/access.js';
import { Copying, everyRow, fill, refusal } from '../../support/database/copies.js';
import { tableNames } from '../../support/database/schema.js';
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

  it('is no backup that was not finished', async () => {
    await fill(copying.source);
    const part = join(copying.sourceFolder, 'backup.part');
    copyFileSync(file, part);
    await expect(copying.run(part)).rejects.toMatchObject(refusal('is a backup that was not finished'));
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
    await copying.expectUntouchedTarget();
  });

  it('is refused while a server uses it', async () => {
    await fill(copying.source);
    const running = await connect(copying.source);
    await running.query('SELECT 1 FROM user');
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^\S*chat-store\.sqlite is in use by another process: stop the server first$/),
    );
    await running.destroy();
    await copying.expectUntouchedTarget();
  });

  it.each<[string, () => unknown, string | RegExp]>([
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
      'is not a regular file',
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
      /: it is damaged \(\*\*\* in database main \*\*\* Tree .*\): restore a backup$/,
    ],
    [
      'a store with messages of no chat',
      async () => {
        await fill(copying.source);
        await withDataSource(copying.source, async (dataSource) => {
          await dataSource.query('PRAGMA foreign_keys = OFF');
          await dataSource.query("DELETE FROM writeassistdev_chat_sessions WHERE session_id = 'chat-1'");
          await dataSource.query('DELETE FROM writeassistdev_chat_deletions');
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

  it.each([
    ['chat (id 0) as it is: id must be', 'UPDATE writeassistdev_chat SET id = 0 WHERE id = 3'],
    ['chat (id 3) as it is: timestamp must be', 'UPDATE writeassistdev_chat SET timestamp = 1.5 WHERE id = 3'],
    [
      'chat (id 3) as it is: client_message_id must',
      "UPDATE writeassistdev_chat SET client_message_id = 'ü' WHERE id = 3",
    ],
    [
      'chat_sessions (id 9) as it is: title must be a text of at most 255',
      `UPDATE writeassistdev_chat_sessions SET title = '${'👨'.repeat(300)}' WHERE id = 9`,
    ],
    [
      'chat_sessions (id 9) as it is: session_id must be',
      "UPDATE writeassistdev_chat_sessions SET session_id = 'title-1 ' WHERE id = 9",
    ],
    [
      'the last id of writeassistdev_chat is 9007199254740993, above the maximum 9007199254740991',
      "UPDATE sqlite_sequence SET seq = 9007199254740993 WHERE name = 'writeassistdev_chat'",
    ],
  ])('with a row that the target cannot store is refused: %s', async (line, sql) => {
    await fill(copying.source);
    await withDataSource(copying.source, (dataSource) => dataSource.query(sql));
    await expect(copying.run()).rejects.toMatchObject(refusal(line));
    expect(Object.values(await everyRow(copying.target)).flat()).toEqual([]);
  });

  it('at a path that cannot be read is refused, without waiting for the writer of a pipe', async () => {
    await fill(copying.source);
    const folder = copying.sourceFolder;
    const [loop, pipe, folderOfPipe] = ['loop', 'pipe', 'folder'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    symlinkSync(loop, loop);
    mkdirSync(folderOfPipe);
    execFileSync('mkfifo', [pipe, join(folderOfPipe, 'chat-store.sqlite')]);
    for (const [path, line] of [
      [join(folder, 'nowhere'), /\/nowhere does not exist$/],
      [join(file, 'x'), /chat-store\.sqlite\/x does not exist$/],
      [loop, /\/loop cannot be read \(ELOOP\)$/],
      [join(loop, 'x'), /\/x cannot be read \(ELOOP\)$/],
      [join(folder, 'x'.repeat(5000)), /x cannot be read \(ENAMETOOLONG\)$/],
      [pipe, /\/pipe is not a regular file$/],
      [folderOfPipe, /chat-store\.sqlite is not a regular file$/],
      ['/dev/null', /null is not a regular file$/],
    ] as const) {
      await expect(copying.run(path)).rejects.toMatchObject(refusal(line));
    }
    execFileSync('mkfifo', [`${file}-wal`]);
    await expect(copying.run()).rejects.toMatchObject(refusal(/-wal is not a regular file$/));
    await copying.expectUntouchedTarget();
  });
});
