import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { readConfig } from '../../../src/config/read-config.js';
import { lockName } from '../../../src/database/transactions/advisory-lock.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { expectStatus } from '../../support/rest/client.js';
import { outsideConnection, withDataSource } from '../../support/database/access.js';
import { Copying, autumn, everyRow, fill, owner, session } from '../../support/database/copies.js';
import { onServer } from '../../support/database/test-database.js';
import { full } from '../../support/run/full.js';
import { serve } from '../../support/http/serve.js';

const newMessage = `INSERT INTO writeassistdev_chat
  (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
  VALUES (1, 2, '${session}', 700, 'user', 'new', ${autumn}, ${autumn}, 5)`;
const deleteChat = "DELETE FROM writeassistdev_chat_sessions WHERE session_id = 'title-7'";
const rename = "UPDATE writeassistdev_chat_sessions SET title = 'renamed' WHERE session_id = 'title-7'";
const changes: [string, string][] = [
  ['a new message', newMessage],
  ['a deleted chat', deleteChat],
  ['a changed title', rename],
];
const sample = full(changes, changes.slice(0, 1));

let copying: Copying;
beforeEach(async () => {
  copying = await Copying.create();
});
afterEach(() => copying.drop());

const change = (where: 'source' | 'target', sql: string) =>
  withDataSource(copying[where], (dataSource) => dataSource.query(sql));

/** Copies until the first batch of messages is stored, and loses the connections there. */
function interrupt(): Promise<void> {
  return whileCopying(async (blocker, ended) => {
    await killOthers(String(blocker.config.database), blocker.threadId);
    expect(await ended).toMatch(/^Error: the connection to .* was lost \(\w+\): run the command again, it continues/);
  });
}

/**
 * Copies until the first batch of messages is stored. The second one waits for a row of `blocker`, which it has not
 * committed. `ended` is the error of the copy.
 */
async function whileCopying(work: (blocker: Connection, ended: Promise<string>) => Promise<void>): Promise<void> {
  await withDataSource(copying.target, async (dataSource) => {
    await migrate(dataSource);
    const blocker = await outsideConnection(dataSource);
    try {
      await blocker.query('SET foreign_key_checks = 0');
      await blocker.beginTransaction();
      await blocker.query(
        newMessage.replace('(writeassistdevid', '(id, writeassistdevid').replace('(1, 2', '(1100, 1, 2'),
      );
      const copy = { isRunning: true };
      const ended = copying
        .run()
        .then(() => 'it came to its end', String)
        .finally(() => (copy.isRunning = false));
      const marks = 'SELECT copied_rows FROM writeassistdev_chat_copies WHERE copied_rows = 1000';
      while (copy.isRunning && (await dataSource.query<unknown[]>(marks).catch(() => [])).length === 0) await sleep(5);
      await work(blocker, ended);
    } finally {
      await blocker.end();
    }
  });
}

async function killOthers(database: string, own: number): Promise<void> {
  const rows = await onServer(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${database}' AND ID <> ${own}`,
  );
  for (const { id } of rows as { id: number }[]) {
    // The first may have ended the others.
    await onServer(`KILL ${id}`).catch(() => undefined);
  }
}

describe('an interrupted copy', () => {
  beforeEach(() => fill(copying.source, 1200));

  it('continues in the next run, and comes to the same', async () => {
    await interrupt();
    expect((await everyRow(copying.target)).writeassistdev_chat).toHaveLength(1000);
    const { isSame, text } = await copying.run();
    expect(isSame).toBe(true);
    expect(text).toMatch(/^writeassistdev_chat {30}1228 {11}1000 {12}228 {11}1228 {2}same/m);
    expect(await everyRow(copying.target)).toEqual(await everyRow(copying.source));
    expect((await copying.run()).text).toContain('nothing was copied');
  });

  it.each(sample)('is refused with %s in the source since', async (_, sql) => {
    await interrupt();
    await change('source', sql);
    const before = await everyRow(copying.target);
    await expect(copying.run()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /^the source has changed since this copy began \(.*\): empty the target/,
      ) as string,
    });
    expect(await everyRow(copying.target)).toEqual(before);
  });

  it.each(full(changes, changes.slice(1, 2)))('is refused with %s in the target since', async (_, sql) => {
    await interrupt();
    await change('target', sql);
    const before = await everyRow(copying.target);
    await expect(copying.run()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/^the target has changed since this copy was interrupted \(.*nothing/) as string,
    });
    expect(await everyRow(copying.target)).toEqual(before);
  });

  it('of which a row was written by another program ends, and leaves that row', async () => {
    await whileCopying(async (blocker, ended) => {
      await blocker.commit();
      expect(await ended).toMatch(/^Error: another program writes to the target: stop the server that uses it/);
    });
    const messages = (await everyRow(copying.target)).writeassistdev_chat ?? [];
    expect(messages).toHaveLength(1001);
    expect(messages.at(-1)?.slice(0, 1)).toEqual(['1100']);
    await expect(copying.run()).rejects.toThrow(/^the target has changed since this copy was interrupted/);
  });

  it('begins anew in a target that was emptied', async () => {
    await interrupt();
    await change('source', rename);
    for (const table of ['writeassistdev_chat_imports', 'user', 'writeassistdev']) {
      await change('target', `DELETE FROM ${table}`);
    }
    expect((await copying.run()).isSame).toBe(true);
    expect(await everyRow(copying.target)).toEqual(await everyRow(copying.source));
  });
});

describe('after a complete copy', () => {
  beforeEach(async () => {
    await fill(copying.source);
    await copying.run();
  });

  it.each(sample)('%s in the source is told, and not copied', async (_, sql) => {
    await change('source', sql);
    const before = await everyRow(copying.target);
    const { isSame, text } = await copying.run();
    expect(isSame).toBe(false);
    expect(text).toContain('DIFFERENT');
    expect(text).toContain('  The source has changed since. To copy again, empty the target');
    expect(text).not.toContain('The target has changed');
    expect(await everyRow(copying.target)).toEqual(before);
  });

  it('what people have written and deleted in the target stays so', async () => {
    await serve(copying.target, async ({ client }) => {
      const mine = await client(owner);
      expectStatus(await mine.save(session, { content: 'written there' }), 201);
      await mine.deleteSession('title-3');
    });
    const before = await everyRow(copying.target);
    const { isSame, text } = await copying.run();
    expect(isSame).toBe(false);
    expect(text).toContain('  The target has changed since: it is in use.');
    expect(text).not.toContain('The source has changed');
    await change('source', rename);
    expect((await copying.run()).text).toMatch(/The source has changed since[\s\S]*The target has changed since/);
    expect(await everyRow(copying.target)).toEqual(before);
  });
});

it('two copies at once: the second is refused', async () => {
  await fill(copying.source);
  const { database } = readConfig(copying.target.environment);
  if (database.engine !== 'mysql') throw new Error('not MariaDB');
  await withDataSource(copying.target, async (dataSource) => {
    const other = await outsideConnection(dataSource);
    await other.query('SELECT GET_LOCK(?, 0)', [lockName('copy', database.database)]);
    await expect(copying.run()).rejects.toThrow('another copy into this database is running');
    await other.end();
  });
  expect((await copying.run()).isSame).toBe(true);
});
