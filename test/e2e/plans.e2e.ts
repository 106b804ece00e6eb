import type { Parameter, Sql } from '../../src/database/sql.js';
import { messageQueries } from '../../src/messages/messages.repository.js';
import { sessionQueries } from '../../src/sessions/sessions.repository.js';
import { sqlOf, unitOf } from '../support/database-access.js';
import { engine } from '../support/engine.js';
import { TestServer } from '../support/server.js';

const owner = [7, 500];
const chat = [...owner, 'chat_5'];
const base = 1_795_305_600_000;

/** One row of MariaDB's EXPLAIN. */
interface Step {
  table: string;
  type: string;
  key: string | null;
  Extra: string;
}

/** Each is a page, and the index that must be both its filter and its order. */
const pages: [string, string, Parameter[], string][] = [
  ['the first page of sessions', sessionQueries.firstPage, [...owner, '51'], 'ix_chat_sessions_recent'],
  [
    'the next page of sessions',
    sessionQueries.nextPage,
    [...owner, base + 150, base + 150, 400, '51'],
    'ix_chat_sessions_recent',
  ],
  ...(['asc', 'desc'] as const).flatMap((direction): [string, string, Parameter[], string][] => [
    [
      `the first page of messages, ${direction}`,
      messageQueries.firstPage(direction),
      [160_000, ...chat, '51'],
      'ix_chat_order',
    ],
    [
      `the next page of messages, ${direction}`,
      messageQueries.nextPage(direction),
      [160_000, ...chat, base + 300, base + 300, 301, '51'],
      'ix_chat_order',
    ],
  ]),
];

describe('the plans of lists', () => {
  let server: TestServer;
  let sql: Sql;

  /** An owner with 300 sessions among 12 owners, a session with 900 messages among 300. */
  beforeAll(async () => {
    server = await TestServer.start();
    sql = sqlOf(server);
    const upTo = (last: number) =>
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${last}) SELECT`;
    await sql.write('INSERT INTO writeassistdev (id) VALUES (7)', []);
    await sql.write(`INSERT INTO user (id) ${upTo(12)} 494 + i FROM n`, []);
    await sql.write(`INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) SELECT 7, id FROM user`, []);
    await sql.write(
      `INSERT INTO writeassistdev_chat_sessions
         (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at)
       ${upTo(300)} 7, u.id, ${engine() === 'mariadb' ? `CONCAT('chat_', i)` : `'chat_' || i`}, ${base} + i, ${base}, ${base}
       FROM n, user u`,
      [],
    );
    await sql.write(
      `INSERT INTO writeassistdev_chat
         (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at)
       ${upTo(900)} 7, 500, s.session_id, i, 'user', 'How long is the Nile?', ${base} + i, ${base} + i
       FROM n JOIN writeassistdev_chat_sessions s ON s.userid = 500 AND (s.session_id = 'chat_5' OR i <= 20)`,
      [],
    );
    const tables = ['writeassistdev_chat_owners', 'writeassistdev_chat_sessions', 'writeassistdev_chat'];
    if (engine() === 'mariadb') await server.dataSource.query(`ANALYZE TABLE ${tables.join(', ')}`);
  });
  afterAll(() => server.stop());

  it.each(pages)('%s is there to be found', async (_name, text, parameters) => {
    expect(await sql.rows(text, parameters)).toHaveLength(51);
  });

  if (engine() === 'mariadb') {
    function explain(text: string, parameters: Parameter[]): Promise<Step[]> {
      return sql.rows<Step>(`EXPLAIN ${text}`, parameters);
    }

    it.each(pages)('%s reads the index in its order, and sorts nothing', async (_name, text, parameters, index) => {
      const steps = await explain(text, parameters);
      expect(steps.map(({ key }) => key).sort()).toEqual(index === 'ix_chat_order' ? [index] : ['PRIMARY', index]);
      for (const { type, Extra } of steps) {
        expect(Extra).not.toMatch(/filesort|temporary/);
        expect(type).not.toBe('ALL');
      }
    });

    it.each([
      ['one session', sessionQueries.one, [...owner, 'chat_5']],
      ['the active session', sessionQueries.active, owner],
    ])('%s is found by its key', async (_name, text, parameters) => {
      await sql.write("UPDATE writeassistdev_chat_owners SET active_session_id = 'chat_5' WHERE userid = ?", [500]);
      const steps = await explain(text, parameters);
      expect(steps.map(({ key }) => key).sort()).toEqual(['PRIMARY', 'unique_session']);
    });

    it.each(pages)('%s reads hardly more rows than it shows', async (_name, text, parameters) => {
      const read = async () => {
        const counters = await sql.rows<{ Value: string }>(
          `SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler\\_read\\_%' AND Variable_name <> 'Handler_read_rnd_next'`,
          [],
        );
        return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
      };
      // In a unit of work, as the counters are those of one connection.
      const rows = await unitOf(server).run(async () => {
        const before = await read();
        await sql.rows(text, parameters);
        return (await read()) - before;
      });
      expect(rows).toBeGreaterThan(50);
      expect(rows).toBeLessThan(75);
    });
  } else {
    // A database that nobody has analysed, as it is in use, and one that somebody has.
    describe.each([
      ['without statistics', 'DROP TABLE IF EXISTS sqlite_stat1'],
      ['with statistics', 'ANALYZE'],
    ])('%s', (_name, statement) => {
      beforeAll(async () => {
        await sql.write(statement, []);
        await sql.write('ANALYZE sqlite_schema', []);
      });

      async function explain(text: string, parameters: Parameter[]): Promise<string> {
        const steps = await sql.rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters);
        return steps.map(({ detail }) => detail).join('\n');
      }

      it.each(pages)('%s reads the index in its order, and sorts nothing', async (_name, text, parameters, index) => {
        const plan = await explain(text, parameters);
        expect(plan).toContain(`USING INDEX ${index}`);
        expect(plan).not.toMatch(/TEMP B-TREE|SCAN|MULTI-INDEX/);
      });

      it.each(pages.filter(([name]) => name.includes('next')))(
        '%s begins where the last one ended',
        async (_name, text, parameters) => {
          expect(await explain(text, parameters)).toMatch(/(timestamp|last_activity_at)[<>]\?/);
        },
      );
    });
  }
});
