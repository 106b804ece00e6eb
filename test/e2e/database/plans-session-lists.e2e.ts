import type { Parameter, SqlClient } from '../../../src/database/sql/sql-client.js';
import {
  filterParameters,
  listOrders,
  positionParameters,
  sessionListQueries,
  sessionsPerStep,
} from '../../../src/sessions/session-list-queries.js';
import { sessionOrders, type SessionPosition } from '../../../src/sessions/session.js';
import { titleWords } from '../../../src/sessions/title-words.js';
import { sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { plantSessions } from '../../support/rest/many-sessions.js';

const owner = { activityId: 7, userId: 500 };
const count = 5000;
const titleOf = (index: number) => `Title ${String(index).padStart(5, '0')}`;
const at = { activity: 2500, created: 2500, title: Buffer.from(' title 02499 ') };
const noFilter = { state: 'live', pinned: undefined, archived: undefined } as const;

interface Query {
  name: string;
  text: string;
  parameters: Parameter[];
  index: string;
  /** The rows that it returns, and those that it may read. */
  rows: number;
  read: number;
  isIndexOnly?: boolean;
}

const queries = sessionOrders.flatMap((order): Query[] => {
  const { index, start, end } = listOrders[order];
  const { firstPage, nextPage, filteredPage, endOfStep } = sessionListQueries[order];
  const of: Parameter[] = [owner.activityId, owner.userId];
  const middle: SessionPosition = { sortValue: at[order], rowId: 0 };
  const [fromStart, fromMiddle, toEnd] = [start, middle, end].map((position) => positionParameters(position));
  const none = filterParameters({ ...noFilter, archived: true, titleWords: titleWords('title') }, 0);
  const few = filterParameters({ ...noFilter, pinned: true }, 0);
  const page = { index, rows: 51, read: 51 + 24 };
  return [
    { name: `${order}, first page`, text: firstPage, parameters: [...of, '51'], ...page },
    { name: `${order}, next page`, text: nextPage, parameters: [...of, ...(fromMiddle ?? []), '51'], ...page },
    {
      name: `${order}, first page with a filter`,
      text: filteredPage,
      parameters: [...of, ...(fromStart ?? []), ...(toEnd ?? []), ...few, '51'],
      ...{ index, rows: 51, read: 51 * 2 + 24 },
    },
    {
      name: `${order}, a step in which nothing is found`,
      text: filteredPage,
      parameters: [...of, ...(fromMiddle ?? []), ...(toEnd ?? []), ...none, '51'],
      ...{ index, rows: 0, read: count / 2 + 24 },
    },
    {
      name: `${order}, the end of a step`,
      text: endOfStep,
      parameters: [...of, ...(fromStart ?? [])],
      ...{ index, rows: 1, read: sessionsPerStep + 24, isIndexOnly: true },
    },
  ];
});

const unfolded: Query = {
  name: 'the titles that are not folded',
  text: sessionListQueries.unfolded,
  parameters: [owner.activityId, owner.userId],
  ...{ index: 'ix_chat_sessions_title', rows: 0, read: 24 },
};

describe('query plans of lists of sessions', () => {
  let server: TestServer;
  let sql: SqlClient;

  /** An owner with 5,000 sessions, of which every second is pinned, among others. */
  beforeAll(async () => {
    server = await TestServer.start();
    sql = sqlOf(server);
    const clients = [owner, { activityId: 7, userId: 400 }, { activityId: 7, userId: 600 }];
    for (const one of clients) {
      await (await server.client(one)).newSession();
      const planted = one === owner ? count : 1000;
      await plantSessions(server, one, planted, (index) => ({ title: titleOf(index), pinned: index % 2 }));
    }
    if (engine() === 'mariadb') await server.dataSource.query('ANALYZE TABLE writeassistdev_chat_sessions');
  });
  afterAll(() => server.stop());

  const all = [...queries, unfolded];

  it.each(all)('$name: has its rows', async ({ text, parameters, rows }) => {
    expect(await sql.query(text, parameters)).toHaveLength(rows);
  });

  if (engine() === 'mariadb') {
    it.each(all)(
      '$name: reads the index in order, without a sort',
      async ({ text, parameters, index, isIndexOnly }) => {
        const steps = await sql.query<{ key: string; type: string; Extra: string }>(`EXPLAIN ${text}`, parameters);
        const ofTrash = text.includes('writeassistdev_chat_deletions') ? ['ix_chat_deletions_session'] : [];
        expect(steps.map(({ key }) => key).filter((key) => key !== 'PRIMARY')).toEqual([index, ...ofTrash]);
        for (const { type, Extra } of steps) {
          expect(Extra).not.toMatch(/filesort|temporary/);
          expect(type).not.toBe('ALL');
          if (isIndexOnly) expect(Extra).toMatch(/Using index(?! condition)/);
        }
      },
    );

    it.each(all)('$name: reads no more rows than it must', async ({ text, parameters, read }) => {
      const readNow = async () => {
        const counters = await sql.query<{ Value: string }>(
          `SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler\\_read\\_%' AND Variable_name <> 'Handler_read_rnd_next'`,
          [],
        );
        return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
      };
      // In a transaction, as the counters are those of one connection.
      const done = await unitOf(server).run(async () => {
        const before = await readNow();
        await sql.query(text, parameters);
        return (await readNow()) - before;
      });
      expect(done).toBeLessThanOrEqual(read);
    });
  } else {
    it.each(['DROP TABLE IF EXISTS sqlite_stat1', 'ANALYZE'])(
      'read their indexes in order after %s',
      async (statement) => {
        await sql.execute(statement, []);
        await sql.execute('ANALYZE sqlite_schema', []);
        for (const { name, text, parameters, index, isIndexOnly } of all) {
          const steps = await sql.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters);
          const plan = steps.map(({ detail }) => detail).join('\n');
          expect([name, plan]).toEqual([name, expect.stringMatching(new RegExp(`USING (COVERING )?INDEX ${index} `))]);
          expect([name, plan]).toEqual([name, expect.not.stringMatching(/TEMP B-TREE|SCAN|MULTI-INDEX/)]);
          if (isIndexOnly) expect([name, plan]).toEqual([name, expect.stringMatching(/COVERING INDEX/)]);
        }
      },
    );

    it.each(all.filter(({ name }) => /next|step/.test(name)))(
      '$name: begins at its position',
      async ({ text, parameters }) => {
        const steps = await sql.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters);
        expect(steps.map(({ detail }) => detail).join()).toMatch(/(last_activity_at|created_at|title_folded)[<>]\?/);
      },
    );
  }
});
