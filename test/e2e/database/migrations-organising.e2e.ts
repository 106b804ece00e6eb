import { revertTo } from '../../support/database/migrations.js';
import type { DataSource } from 'typeorm';
import { foldTitle } from '../../../src/common/fold.js';
import { AddOrganising1796086800000 } from '../../../src/database/migrations/1796086800000-add-organising.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { connect, numbers } from '../../support/database/access.js';
import { stopAfter } from '../../support/database/processes.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';
import { full } from '../../support/run/full.js';

const name = AddOrganising1796086800000.name;
/** More than two steps of the migration. */
const sessions = 430;
const titles = ['New Chat', 'Größe', 'NAÏVE', '東京', '!', 'ﷺ'.repeat(255)];
const titleOf = (index: number) => (index % 7 === 6 ? `Title ${index}` : (titles[index % 7] ?? ''));

describe('the migration that organises sessions', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await revertIt();
    await fill();
  });
  afterEach(() => revertIt());
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const revertIt = async () => {
    await revertTo(dataSource, name);
  };
  const rows = () =>
    dataSource.query<Record<string, unknown>[]>('SELECT * FROM writeassistdev_chat_sessions ORDER BY id');
  const fill = async () => {
    await dataSource.query('INSERT INTO writeassistdev (id) VALUES (1)');
    await dataSource.query('INSERT INTO user (id) VALUES (2)');
    await dataSource.query('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, 2)');
    await insert(numbers(sessions));
  };
  const insert = (indexes: number[]) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat_sessions
         (writeassistdevid, userid, session_id, title, last_activity_at, created_at, modified_at)
       VALUES ${indexes.map(() => '(1, 2, ?, ?, 5, 6, 7)').join()}`,
      indexes.flatMap((index) => [`chat-${index}`, titleOf(index)]),
    );
  const added = async () => {
    const found = await rows();
    return found.map(({ title_folded: folded, ...row }) => {
      const { title_source: source, pinned, archived, metadata, version } = row;
      return [Buffer.from(folded as Uint8Array).toString(), source, pinned, archived, metadata, version];
    });
  };
  const expected = numbers(sessions).map((index) => [foldTitle(titleOf(index)).toString(), null, 0, 0, null, 1]);

  it('folds the titles of the rows of before, which are neither pinned nor archived, of no known source', async () => {
    await migrate(dataSource);
    expect(await added()).toEqual(expected);
  });

  it.each(full(numbers(10), [1, 5, 7, 8, 9]))(
    'continues when it was stopped after %i statements',
    async (statements) => {
      const wasStopped = stopAfter(dataSource, statements + 1);
      await migrate(dataSource).catch((error: unknown) => error);
      expect(wasStopped()).toBe(true);
      await dataSource.destroy();
      dataSource = await connect(database);
      await migrate(dataSource);
      expect(await added()).toEqual(expected);
    },
  );

  it('lets servers of before insert sessions and rename them afterwards', async () => {
    await migrate(dataSource);
    await insert([sessions]);
    await dataSource.query("UPDATE writeassistdev_chat_sessions SET title = 'Renamed' WHERE session_id = 'chat-1'");
    const last = (await rows()).at(-1);
    expect(last).toMatchObject({ title_folded: null, title_source: null, pinned: 0, archived: 0, version: 1 });
    await dataSource.query('DELETE FROM writeassistdev_chat_sessions WHERE session_id = ?', [`chat-${sessions}`]);
    await dataSource.query("UPDATE writeassistdev_chat_sessions SET title = ? WHERE session_id = 'chat-1'", [
      titleOf(1),
    ]);
  });

  it('is undone without touching anything else', async () => {
    const before = await rows();
    await migrate(dataSource);
    await revertIt();
    expect(await rows()).toEqual(before);
  });
});
