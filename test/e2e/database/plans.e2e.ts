import type { Parameter, SqlClient } from '../../../src/database/sql/sql-client.js';
import { messageListQueries } from '../../../src/messages/message-list.repository.js';
import { selectTexts } from '../../../src/messages/message-texts.repository.js';
import { insertQueries, repeatQueries } from '../../../src/messages/messages.repository.js';
import { sessionListQueries } from '../../../src/sessions/session-list-queries.js';
import { sessionQueries } from '../../../src/sessions/sessions.repository.js';
import { sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import {
  foundId,
  historySteps,
  otherKeys,
  planBase as base,
  planMiddle as middle,
  planOwner as owner,
  searchPlans,
  sqliteNames,
  type Page,
  type Step,
} from '../../support/database/search-plans.js';
import { orderPages } from '../../support/database/order-plans.js';
import { summaryPages } from '../../support/database/summary-plans.js';
import { TestServer } from '../../support/http/server.js';

const { searchPages, searchesByIds, searchHits } = searchPlans(engine());
const chat = [...owner, 'chat_5'];
/** Up to this size a content is sent along. */
const sentAlong = 160_000;
function page(name: string, text: string, parameters: Parameter[], index: string, position?: RegExp): Page {
  return { name, text, parameters: [...parameters, '51'], index, rows: 51, ...(position && { position }) };
}

const sessionPosition = [...owner, middle.at, middle.at, middle.session];
const first = [sentAlong, sentAlong, ...chat, ...chat, ...chat];
const next = [...first, middle.timestamp, middle.timestamp, middle.sequence];
const pages: Page[] = [
  page('the first page of sessions', sessionListQueries.activity.firstPage, owner, 'ix_chat_sessions_recent'),
  page(
    'the next page of sessions',
    sessionListQueries.activity.nextPage,
    sessionPosition,
    'ix_chat_sessions_recent',
    /last_activity_at<\?/,
  ),
  page('the sessions made last', sessionListQueries.created.firstPage, owner, 'ix_chat_sessions_created'),
  page(
    'the sessions made before one',
    sessionListQueries.before,
    sessionPosition,
    'ix_chat_sessions_created',
    /created_at<\?/,
  ),
  page(
    'the sessions made after one',
    sessionListQueries.after,
    sessionPosition,
    'ix_chat_sessions_created',
    /created_at>\?/,
  ),
  page('the first page of messages, asc', messageListQueries.firstPage('asc'), first, 'ix_chat_order'),
  page('the first page of messages, desc', messageListQueries.firstPage('desc'), first, 'ix_chat_order'),
  page('the next page of messages, asc', messageListQueries.nextPage('asc'), next, 'ix_chat_order', /timestamp>\?/),
  page('the next page of messages, desc', messageListQueries.nextPage('desc'), next, 'ix_chat_order', /timestamp<\?/),
  page(
    'the messages saved after one',
    messageListQueries.afterSequence(),
    [...first, middle.sequence],
    'unique_chat_sequence',
    /sequence>\?/,
  ),
  ...[
    { where: 'at the end', before: Number.MAX_SAFE_INTEGER },
    { where: 'in the middle', before: middle.timestamp },
  ].flatMap(({ where, before }) => [
    page(
      `the history ${where}`,
      messageListQueries.history,
      [sentAlong, sentAlong, ...owner, before, 0],
      'unique_chat_history',
      /history_time<\?/,
    ),
    page(
      `the history of a session ${where}`,
      messageListQueries.historyOfSession,
      [sentAlong, sentAlong, ...chat, before, 0],
      'ix_chat_session_history',
      /history_time<\?/,
    ),
  ]),
  ...historySteps,
  ...searchPages,
  ...orderPages,
  ...summaryPages,
];

describe('query plans', () => {
  let server: TestServer;
  let sql: SqlClient;

  /** An owner with 5,000 sessions among 12 owners, and a session with 20,000 messages among 300 that have some. */
  beforeAll(async () => {
    server = await TestServer.start();
    sql = sqlOf(server);
    const mariadb = engine() === 'mariadb';
    // MariaDB's recursion ends after 1,000 rows.
    const upTo = (thousands: number) =>
      `WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 1000),
         n (i) AS (SELECT k.i + 1000 * (t.i - 1) FROM k JOIN k t ON t.i <= ${thousands}) SELECT`;
    await sql.execute('INSERT INTO writeassistdev (id) VALUES (7)', []);
    await sql.execute(`INSERT INTO user (id) ${upTo(1)} 494 + i FROM n WHERE i <= 12`, []);
    await sql.execute(`INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) SELECT 7, id FROM user`, []);
    await sql.execute(
      `INSERT INTO writeassistdev_chat_sessions
         (id, writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at)
       ${upTo(5)} (u.id - 494) * 10000 + i, 7, u.id, ${mariadb ? `CONCAT('chat_', i)` : `'chat_' || i`},
         ${base} + i, ${base} + i - i % 2, ${base}
       FROM n JOIN user u ON u.id = 500 OR i <= 300`,
      [],
    );
    const messages = (thousands: number, sessions: string) =>
      sql.execute(
        `INSERT INTO writeassistdev_chat
           (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
         ${upTo(thousands)} 7, s.userid, s.session_id, i, 'user', 'How long is the Nile?',
           ${base} + i * 10000, ${base} + i, ${base} + i * 10000 + s.id % 10000
         FROM writeassistdev_chat_sessions s JOIN n ON 1 = 1 WHERE ${sessions}`,
        [],
      );
    await messages(20, 's.id = 60005');
    await messages(1, "s.session_id = 'chat_5' AND s.userid <> 500");
    await messages(1, "s.userid = 500 AND s.id <= 60300 AND s.session_id <> 'chat_5' AND i <= 20");
    await sql.execute('UPDATE writeassistdev_chat SET id = ?, folded = ? WHERE userid = 500 AND history_time = ?', [
      foundId,
      Buffer.from(' nile '),
      middle.timestamp + 5,
    ]);
    const tables = ['writeassistdev_chat_owners', 'writeassistdev_chat_sessions', 'writeassistdev_chat'];
    if (mariadb) await server.dataSource.query(`ANALYZE TABLE ${tables.join(', ')}`);
  });
  afterAll(() => server.stop());

  const none = [null, null, null];
  const message = [...chat, 20_001, 'user', 'x', middle.timestamp, null, ...none, 'complete', null, null, null];
  const lastMessage = [
    ...message,
    ...chat,
    ...chat,
    ...chat,
    ...chat,
    middle.timestamp,
    middle.timestamp,
    middle.timestamp,
  ];

  it('a message that must be the last is rejected if it is not', async () => {
    await expect(sql.execute(insertQueries.atHead.last, lastMessage)).rejects.toThrow(/null/i);
  });

  it.each(pages)('$name has rows', async ({ text, parameters, rows }) => {
    expect(await sql.query(text, parameters)).toHaveLength(rows);
  });

  const byIds: [string, string, Parameter[]][] = [
    ['to compare with one that is sent', repeatQueries.candidates, [...owner, 1, 2, ...Array<null>(8).fill(null)]],
    ...searchesByIds,
    [
      'of another branch',
      messageListQueries.byIds,
      [sentAlong, sentAlong, ...owner, 1, 2, ...Array<null>(48).fill(null)],
    ],
    ['with large texts', selectTexts, [...owner, 1, 2, ...Array<null>(14).fill(null)]],
  ];

  if (engine() === 'mariadb') {
    function explain(text: string, parameters: Parameter[]): Promise<Step[]> {
      return sql.query<Step>(`EXPLAIN ${text}`, parameters);
    }

    it.each(pages)('$name reads the index in order, without a sort', async ({ text, parameters, index }) => {
      const steps = await explain(text, parameters);
      expect(steps.map(({ key }) => key).sort()).toEqual([index, ...otherKeys(text)].sort());
      for (const { type, Extra } of steps) {
        expect(Extra).not.toMatch(/filesort|temporary/);
        expect(type).not.toBe('ALL');
      }
    });

    it.each(byIds)('the messages %s are found by their ids', async (_name, text, parameters) => {
      const steps = await explain(text, parameters);
      expect(new Set(steps.map(({ key }) => key))).toEqual(new Set(['PRIMARY', ...otherKeys(text)]));
    });

    it.each(searchHits)('the hits that are shown %s are found by their ids', async (_name, text, parameters) => {
      const steps = await explain(text, parameters);
      expect(steps.map(({ key }) => key)).toEqual(['PRIMARY', 'unique_session']);
    });

    it.each([
      ['one session', sessionQueries.one, [...owner, 'chat_5']],
      ['the active session', sessionQueries.active, owner],
    ])('%s is found by its key', async (_name, text, parameters) => {
      await sql.execute("UPDATE writeassistdev_chat_owners SET active_session_id = 'chat_5' WHERE userid = ?", [500]);
      const steps = await explain(text, parameters);
      expect(steps.map(({ key }) => key).sort()).toEqual(['PRIMARY', 'unique_session']);
    });

    /** How many rows are read meanwhile. */
    function rowsReadBy(work: () => Promise<unknown>): Promise<number> {
      const read = async () => {
        const counters = await sql.query<{ Value: string }>(
          `SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler\\_read\\_%' AND Variable_name <> 'Handler_read_rnd_next'`,
          [],
        );
        return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
      };
      // In a transaction, as the counters are those of one connection.
      return unitOf(server).run(async () => {
        const before = await read();
        await work();
        return (await read()) - before;
      });
    }

    it.each(pages)('$name reads hardly more rows than it returns', async ({ text, parameters, rows, passed = 0 }) => {
      const read = await rowsReadBy(() => sql.query(text, parameters));
      expect(read).toBeGreaterThanOrEqual(rows + passed);
      expect(read).toBeLessThan(rows + passed + 24);
    });

    it('a message that must be the last reads the ends of two indexes, and the session twice', async () => {
      const insert = () => sql.execute(insertQueries.atHead.last, lastMessage).catch(() => undefined);
      expect(await rowsReadBy(insert)).toBe(4);
    });
  } else {
    // In use, a database is not analysed, but an administrator may have done so.
    describe.each([
      ['without statistics', 'DROP TABLE IF EXISTS sqlite_stat1'],
      ['with statistics', 'ANALYZE'],
    ])('%s', (_name, statement) => {
      beforeAll(async () => {
        await sql.execute(statement, []);
        await sql.execute('ANALYZE sqlite_schema', []);
      });

      async function explain(text: string, parameters: Parameter[]): Promise<string> {
        const steps = await sql.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters);
        return steps.map(({ detail }) => detail).join('\n');
      }

      it.each(pages)('$name reads the index in order, without a sort', async ({ text, parameters, index }) => {
        const plan = await explain(text, parameters);
        expect(plan).toMatch(new RegExp(`USING (COVERING )?INDEX ${sqliteNames[index] ?? `${index} `}`));
        expect(plan).not.toMatch(/TEMP B-TREE|SCAN|MULTI-INDEX/);
      });

      it.each(byIds)('the messages %s are found by their ids', async (_name, text, parameters) => {
        expect(await explain(text, parameters)).toMatch(/INTEGER PRIMARY KEY/);
      });

      it.each(searchHits)('the hits that are shown %s are found by their ids', async (_name, text, parameters) => {
        expect(await explain(text, parameters)).toMatch(/SEARCH m USING INTEGER PRIMARY KEY[^]*SEARCH s USING INDEX/);
      });

      it('a message that must be the last reads the end of the index', async () => {
        const plan = await explain(insertQueries.atHead.last, lastMessage);
        expect(plan).toMatch(/SEARCH m USING INDEX ix_chat_order /);
        expect(plan).not.toMatch(/TEMP B-TREE|SCAN m/);
      });

      it.each(pages.filter(({ position }) => position))(
        '$name begins at its position',
        async ({ text, parameters, position }) => {
          expect(await explain(text, parameters)).toMatch(position ?? 'nowhere');
        },
      );
    });
  }
});
