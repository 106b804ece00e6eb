import { expectStatus } from '../../support/rest/client.js';
import { allMessages, allSessions } from '../../support/database/chats.js';
import { withDataSource } from '../../support/database/access.js';
import {
  Copying,
  everyRow,
  fill,
  lastMessageId,
  owner,
  session,
  unusedColumns,
} from '../../support/database/copies.js';
import { serve } from '../../support/http/serve.js';
import { delicateTexts } from '../../support/rest/tricky-texts.js';

describe('a copy from SQLite to MariaDB', () => {
  let copying: Copying;
  beforeEach(async () => {
    copying = await Copying.create();
  });
  afterEach(() => copying.drop());

  it('has every row of every table, with every text, number and NULL', async () => {
    await fill(copying.source, 1200);
    const before = await everyRow(copying.source);
    expect(
      await withDataSource(copying.source, (dataSource) => Promise.resolve(unusedColumns(dataSource, before))),
    ).toEqual([]);
    const { isSame, text } = await copying.run(undefined, { DATABASE_POOL_SIZE: '2' });
    expect(isSame).toBe(true);
    expect(await everyRow(copying.target)).toEqual(before);
    expect(
      text
        .replace(/\([0-9a-f]{12}\)/g, '(hash)')
        .split('\n')
        .slice(1, -2),
    ).toEqual([
      '',
      '                                               source  already there         copied         target  SHA-256',
      'user                                                3              0              3              3  same (hash)',
      'writeassistdev                                      2              0              2              2  same (hash)',
      'writeassistdev_chat_owners                          3              0              3              3  same (hash)',
      'writeassistdev_chat_sessions                       28              0             28             28  same (hash)',
      'writeassistdev_chat_deleted_sessions                2              0              2              2  same (hash)',
      'writeassistdev_chat_deletions                       2              0              2              2  same (hash)',
      'writeassistdev_chat                              1228              0           1228           1228  same (hash)',
      'writeassistdev_chat_streams                         1              0              1              1  same (hash)',
      'writeassistdev_chat_chunks                         26              0             26             26  same (hash)',
      'writeassistdev_chat_imports                         2              0              2              2  same (hash)',
      'writeassistdev_chat_import_differences              2              0              2              2  same (hash)',
      '',
      'All rows are the same in source and target. Start the server with DATABASE_URL for the target.',
    ]);
  });

  it('is served with the same ids, active session and idempotency keys, and goes on after the last id', async () => {
    await fill(copying.source);
    const seen = (database: Copying['source']) =>
      serve(database, async ({ client }) => {
        const mine = await client(owner);
        const active = expectStatus(await mine.active(), 200).id;
        return { active, sessions: await allSessions(mine), messages: await allMessages(mine, session) };
      });
    const before = await seen(copying.source);
    expect(before.messages.map(({ content }) => content)).toEqual(
      expect.arrayContaining(delicateTexts.map(([, t]) => t)),
    );
    await copying.run();
    expect(await seen(copying.target)).toEqual(before);
    await serve(copying.target, async ({ client }) => {
      const mine = await client(owner);
      const known = before.messages.find((one) => one.clientMessageId !== null && one.content.length < 1000);
      const { role, content, clientMessageId, timestamp } = known ?? { role: 'user', content: '' };
      const again = await mine.save(session, { role, content, clientMessageId, timestamp });
      expect(expectStatus(again, 200).id).toBe(known?.id);
      const saved = expectStatus(await mine.save(session, { content: 'new' }), 201);
      expect(Number(saved.id)).toBeGreaterThan(lastMessageId);
      expect(saved.sequence).toBe(501);
    });
  });

  it('keeps U+0000, at which the driver of SQLite would end a text', async () => {
    await fill(copying.source);
    const hex = "SELECT HEX(content) AS hex FROM writeassistdev_chat WHERE content LIKE 'before%'";
    await withDataSource(copying.source, (dataSource) =>
      dataSource.query("UPDATE writeassistdev_chat SET content = 'before' || char(0) || 'after' WHERE id = 1"),
    );
    expect((await copying.run()).isSame).toBe(true);
    const expected = [{ hex: Buffer.from('before\0after').toString('hex').toUpperCase() }];
    expect(await withDataSource(copying.target, (dataSource) => dataSource.query(hex))).toEqual(expected);
  });

  it('copies nothing in a second run', async () => {
    await fill(copying.source);
    await copying.run();
    const before = await everyRow(copying.target);
    const { isSame, text } = await copying.run();
    expect(isSame).toBe(true);
    expect(text).toContain('All rows were already there and are the same in source and target: nothing was copied.');
    expect(text).toMatch(/^writeassistdev_chat {32}28 {13}28 {14}0 {13}28 {2}same/m);
    expect(await everyRow(copying.target)).toEqual(before);
  });
});
