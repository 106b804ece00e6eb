import { SqlClient } from '../../../src/database/sql/sql-client.js';
import { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { TestServer } from '../../support/http/server.js';

/** Statements of more than 100 ms, with a secret as their parameter. */
const slow = {
  mariadb: 'SELECT SLEEP(0.3), ? AS secret FROM DUAL',
  sqlite: `WITH RECURSIVE slow_table(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM slow_table WHERE i < 2000000)
    SELECT COUNT(*), ? AS secret FROM slow_table`,
};
const fast = 'SELECT ? AS secret FROM writeassistdev_chat_sessions';

describe('DATABASE_SLOW_STATEMENT_MS', () => {
  let server: TestServer;
  let engine: keyof typeof slow;
  afterEach(() => server.stop());

  const start = async (ms: string) => {
    server = await TestServer.start({ DATABASE_SLOW_STATEMENT_MS: ms });
    engine = server.dataSource.options.type === 'mysql' ? 'mariadb' : 'sqlite';
    return server.app.get(SqlClient, { strict: false });
  };
  /** Without the start, which may be slow on a busy machine. */
  const logged = () =>
    server.log.filter((line) => line.includes('SlowStatement') && /DUAL|slow_table|chat_sessions/.test(line));

  it('logs the name of a slow statement once, also in a transaction, and no value', async () => {
    const sql = await start('100');
    const transactions = server.app.get(TransactionRunner, { strict: false });
    await sql.query(slow[engine], ['hunter2']);
    await transactions.run(() => sql.query(slow[engine], ['hunter2']));
    expect(logged()).toEqual([expect.stringMatching(/"msg":"(SELECT|WITH) \w+ took \d+ ms"/)]);
    expect(server.log.join('')).not.toContain('hunter2');
  });

  it('logs no statement that takes less', async () => {
    // Even the fast one may take 100 ms on a busy machine.
    const sql = await start('60000');
    for (const statement of [fast, slow[engine]]) await sql.query(statement, ['hunter2']);
    expect(logged()).toEqual([]);
  });

  it('logs none with 0', async () => {
    const sql = await start('0');
    await sql.query(slow[engine], ['hunter2']);
    expect(logged()).toEqual([]);
  });
});
