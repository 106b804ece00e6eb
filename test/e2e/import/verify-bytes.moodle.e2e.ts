import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const text = 'Größe é 🌍 end';

/** What may happen to a text on its way, as an SQL expression on both engines; `?` is what it becomes. */
const changes: [what: string, original: string, stored: string | undefined, sql?: string][] = [
  ['one changed byte', text, text.replace('end', 'enD')],
  ['UTF-8 read as latin1', text, Buffer.from(text).toString('latin1')],
  ['characters replaced by a question mark', text, text.replace('🌍', '?')],
  ['a lost trailing space', 'a  ', 'a '],
  ['one trailing space more', 'a', 'a '],
  ['NFC for NFD', 'e\u0301', '\u00e9'],
  ['NFD for NFC', '\u00e9', 'e\u0301'],
  ['a NUL byte in the middle', 'ab', undefined, "CAST(X'610062' AS CHAR)"],
  ['a NUL byte at the end', 'a', undefined, "CAST(X'6100' AS CHAR)"],
  ['another case', 'Case', 'case'],
  ['an accent', 'cafe', 'café'],
  ['LF for CRLF', 'a\r\nb', 'a\nb'],
  ['a lost byte order mark', '\ufeffa', 'a'],
  ['a soft hyphen', 'ab', 'a\u00adb'],
  ['its end, of a long one', `${'x'.repeat(100_000)}y`, 'x'.repeat(100_000)],
];

describe('a verification compares bytes', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  async function differences(...options: string[]): Promise<string[]> {
    const { isClean, rows, verification } = await importing.run('--verify', ...options);
    expect(isClean).toBe(rows.length === 0);
    expect(verification?.different).toBe(rows.length);
    return rows.map(({ row, reason }) => `${row} ${reason.replace(/ \(.*/, '')}`);
  }

  it('finds what may happen to a text, and nothing else', async () => {
    await moodle.addMessages([
      ...changes.map(([, content], index) => ({ id: index + 1, content, createdAt: autumn + index })),
      ...changes.map(([, content], index) => ({ id: index + 101, content, createdAt: autumn + index })),
    ]);
    await importing.run();
    expect(await differences()).toEqual([]);
    await importing.look(async (dataSource) => {
      for (const [index, [, , stored, sql]] of changes.entries()) {
        const condition = `WHERE id = (SELECT message_id FROM writeassistdev_chat_imports WHERE row_id = ${index + 1} AND sequence > 0)`;
        await dataSource.query(
          `UPDATE writeassistdev_chat SET content = ${sql ?? '?'} ${condition}`,
          stored === undefined ? [] : [stored],
        );
      }
    });
    expect(await differences()).toEqual(changes.map((_, index) => `${index + 1} has another role, content or time`));
  });

  it('converts on the server of the source, whatever its character set is', async () => {
    await moodle.addMessages([{ content: 'Größe' }, { content: 'é  ' }, { content: 'e' }]);
    await importing.run();
    for (const charset of ['latin1', 'utf8mb3', 'utf16', 'latin2', 'cp850', 'utf8mb4 COLLATE utf8mb4_bin']) {
      await moodle.connection.query(
        `ALTER TABLE mdl_writeassistdev_chat MODIFY content longtext CHARACTER SET ${charset} NOT NULL`,
      );
      expect([charset, await differences()]).toEqual([charset, []]);
    }
    await moodle.connection.query(
      'ALTER TABLE mdl_writeassistdev_chat MODIFY content longtext CHARACTER SET latin1 NOT NULL',
    );
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'é' WHERE id = 3");
    expect(await differences()).toEqual(['3 has another role, content or time']);
  });

  it('finds rows that are missing or additional, on either side', async () => {
    await moodle.addSessions([{ id: 1, session: 'chat-1' }]);
    await moodle.addMessages([{ content: 'a' }, { content: 'b' }, { content: 'c' }, { content: 'd' }]);
    await importing.run();
    await importing.look(async (dataSource) => {
      await dataSource.query("DELETE FROM writeassistdev_chat WHERE content = 'a'");
      await dataSource.query(
        `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
           created_at, history_time) SELECT writeassistdevid, userid, chat_session_id, sequence + 10, role, content,
           timestamp, created_at, history_time + 10 FROM writeassistdev_chat WHERE content = 'b'`,
      );
      await dataSource.query("DELETE FROM writeassistdev_chat_imports WHERE row_id = 3 AND source_table LIKE '%chat'");
      await dataSource.query("DELETE FROM writeassistdev_chat WHERE content = 'c'");
    });
    await moodle.connection.query("DELETE FROM mdl_writeassistdev_chat WHERE content = 'd'");
    await moodle.addSessions([{ id: 2, session: 'empty' }]);
    await moodle.addMessages([{ id: 5, content: 'e' }]);
    expect(await differences()).toEqual([
      '1 no longer exists in this store: the message was deleted, or its chat was deleted or cleared',
      '4 no longer exists in the source',
      expect.stringMatching(/^\d+ exists only in this store, and is older than the import$/),
      '2 was not imported',
      '3 was not imported',
      '5 was not imported',
    ]);
  });

  it('takes messages that are saved here, and those that Moodle has saved since, for no difference', async () => {
    await moodle.addMessages([{ content: 'a' }]);
    await importing.run();
    await importing.serve(async ({ client }) => {
      await (await client({ activityId: 1, userId: 2 })).save('chat-1', { content: 'here' });
      await (await client({ activityId: 1, userId: 3 })).createSession();
    });
    const later = Math.floor(Date.now() / 1000) + 60;
    await moodle.addMessages([{ content: 'there', createdAt: later }]);
    expect(await differences()).toEqual([]);
    expect((await importing.run('--verify')).verification).toMatchObject({ newInSource: 1, different: 0 });
  });
});
