import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parameter, SqlClient } from '../../../src/database/sql/sql-client.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

const counting = { table: 'scratch', key: 'PRIMARY', set: 'name = ?', where: 'id = ?' };

describe('SqlClient', () => {
  let server: TestServer;
  let sql: SqlClient;
  let transactions: TransactionRunner;

  beforeAll(async () => {
    server = await TestServer.start();
    sql = sqlOf(server);
    transactions = unitOf(server);
    const mariadb = engine() === 'mariadb';
    await server.dataSource.query(`CREATE TABLE scratch (
      id INTEGER PRIMARY KEY ${mariadb ? 'AUTO_INCREMENT' : 'AUTOINCREMENT'},
      name VARCHAR(50) ${mariadb ? 'CHARACTER SET ascii COLLATE ascii_bin' : ''},
      content ${mariadb ? 'MEDIUMTEXT' : 'TEXT'},
      bytes ${mariadb ? 'MEDIUMBLOB' : 'BLOB'},
      counter BIGINT NOT NULL DEFAULT 0)`);
  });
  afterAll(() => server.stop());

  /** Inserts a row. @returns its id */
  async function add(name: string | null, content: string | null = null): Promise<number> {
    return (await sql.execute('INSERT INTO scratch (name, content) VALUES (?, ?)', [name, content])).insertId;
  }

  function find(id: number) {
    return sql.queryOne<{ name: string | null; content: string | null; counter: number }>(
      'SELECT name, content, counter FROM scratch WHERE id = ?',
      [id],
    );
  }

  describe('bytes', () => {
    const all = Buffer.from(numbers(256));
    const addBytes = async (bytes: Buffer | null) =>
      (await sql.execute('INSERT INTO scratch (bytes) VALUES (?)', [bytes])).insertId;

    it.each([all, Buffer.from('é'), Buffer.alloc(200_000, 0xff), null])('are stored as they are: %#', async (bytes) => {
      const row = await sql.queryOne<{ bytes: Uint8Array | null }>('SELECT bytes FROM scratch WHERE id = ?', [
        await addBytes(bytes),
      ]);
      expect(row?.bytes && Buffer.from(row.bytes)).toEqual(bytes);
    });

    it.each([
      [' nile ', true],
      ['nil', true],
      ['Nile', false],
      ['e\u0301', false],
      ['é', true],
      ['%', false],
      ['nile  ', false],
    ])('contain %j: %p', async (part, expected) => {
      const id = await addBytes(Buffer.from(' the nile é '));
      const statement = `SELECT id FROM scratch WHERE id = ? AND ${sql.contains('bytes')}`;
      expect(await sql.query(statement, [id, Buffer.from(part)])).toHaveLength(expected ? 1 : 0);
      expect(await sql.query(statement, [await addBytes(null), Buffer.from(part)])).toEqual([]);
    });
  });

  describe('a parameter that is undefined', () => {
    const missing = undefined as unknown as Parameter;
    const uses: [string, () => Promise<unknown>][] = [
      ['query', () => sql.query('SELECT id FROM scratch WHERE name = ?', [missing])],
      ['queryOne', () => sql.queryOne('SELECT id FROM scratch WHERE name = ?', [missing])],
      ['execute', () => sql.execute('INSERT INTO scratch (name) VALUES (?)', [missing])],
      ['increment', () => sql.increment('counter', counting, [missing, 1])],
      ['selectForUpdate', () => sql.selectForUpdate('id', 'scratch', 'name = ?', [missing])],
    ];

    let before: unknown;
    const allRows = () => sql.query('SELECT * FROM scratch ORDER BY id', []);
    beforeEach(async () => {
      before = await allRows();
    });
    afterEach(async () => {
      expect(await allRows()).toEqual(before);
    });

    it.each(uses)('is rejected by %s, which writes nothing', async (_name, use) => {
      await expect(use()).rejects.toThrow('a parameter of an SQL statement is undefined');
    });

    it.each(uses)('is rejected by %s in a transaction, which writes nothing', async (_name, use) => {
      await expect(transactions.run(use)).rejects.toThrow('a parameter of an SQL statement is undefined');
    });
  });

  it('returns texts as strings and numbers as numbers, also times in milliseconds', async () => {
    const id = await add('12', null);
    const time = 4_102_444_800_123;
    await sql.execute('UPDATE scratch SET counter = ? WHERE id = ?', [time, id]);
    expect(await find(id)).toEqual({ name: '12', content: null, counter: time });
  });

  it('finds a text by the same text only, also one that is made of digits', async () => {
    const id = await add('chat_0');
    const found = (name: string) => sql.query<{ id: number }>('SELECT id FROM scratch WHERE name = ?', [name]);
    expect(await found('chat_0')).toEqual([{ id }]);
    expect(await found('0')).toEqual([]);
    expect(await found('CHAT_0')).toEqual([]);
  });

  it.each([
    ['emoji', '👩‍👩‍👧‍👦 🏳️‍🌈'],
    ['right-to-left', 'שלום العالم'],
    ['combining marks', 'e\u0301 \u0041\u030a'],
    ['quotes and comments', `'; DROP TABLE scratch; -- "\\' \` /* ? :name`],
    ['line ends', 'a\r\nb\nc\rd\t'],
    ['spaces around it', '  x  '],
    ['an empty text', ''],
    ['a MiB', 'ä'.repeat(512 * 1024)],
  ])('returns %s unchanged', async (_name, text) => {
    expect((await find(await add('text', text)))?.content).toBe(text);
  });

  it('sha256 is that of the bytes of a text', async () => {
    for (const text of ['', 'Grüße 🌍']) {
      const id = await add('digest', text);
      const row = await sql.queryOne<{ digest: string }>(
        `SELECT ${sql.sha256('content')} AS digest FROM scratch WHERE id = ?`,
        [id],
      );
      expect(row?.digest).toBe(createHash('sha256').update(text).digest('hex'));
    }
  });

  it('accepts LIMIT as a string', async () => {
    for (const name of ['limit', 'limit', 'limit']) await add(name);
    const found = await sql.query('SELECT id FROM scratch WHERE name = ? ORDER BY id LIMIT ?', ['limit', '2']);
    expect(found).toHaveLength(2);
  });

  it('queryOne returns the first row, or undefined', async () => {
    const first = await add('row');
    await add('row');
    const text = 'SELECT id FROM scratch WHERE name = ? ORDER BY id';
    expect(await sql.queryOne(text, ['row'])).toEqual({ id: first });
    expect(await sql.queryOne(text, ['nothing of this name'])).toBeUndefined();
  });

  it('execute returns the new id, and the number of matched rows, also unchanged ones', async () => {
    const id = await add('matched');
    expect(await add('matched')).toBeGreaterThan(id);
    const update = (name: string) => sql.execute(`UPDATE scratch SET name = 'matched' WHERE name = ?`, [name]);
    expect((await update('matched')).affected).toBe(2);
    expect((await update('missed')).affected).toBe(0);
    expect((await sql.execute('DELETE FROM scratch WHERE name = ?', ['matched'])).affected).toBe(2);
  });

  describe('increment', () => {
    it('returns the new number, and makes the other changes', async () => {
      const id = await add('before');
      expect(await sql.increment('counter', counting, ['after', id])).toBe(1);
      expect(await transactions.run(() => sql.increment('counter', counting, ['after', id]))).toBe(2);
      expect(await find(id)).toEqual({ name: 'after', content: null, counter: 2 });
    });

    it('returns undefined for a missing row, also right after an existing one', async () => {
      const id = await add('there');
      await transactions.run(async () => {
        expect(await sql.increment('counter', counting, ['there', id])).toBe(1);
        expect(await sql.increment('counter', counting, ['there', 999_999])).toBeUndefined();
      });
    });

    it('returns a different number to each of many concurrent calls', async () => {
      const id = await add('many');
      const given = await Promise.all(numbers(30).map(() => sql.increment('counter', counting, ['many', id])));
      expect(given.sort((a = 0, b = 0) => a - b)).toEqual(numbers(30).map((index) => index + 1));
    });
  });

  describe('increment of a row that many transactions wait for', () => {
    // MariaDB would find the only session of an owner by the index of the list, whose column the statement changes: the
    // entry moves away from transactions that wait for it.
    it.each([1, 3])('finds it every time if the owner has %i sessions', async (sessions) => {
      const client = await server.client();
      const ids = await Promise.all(numbers(sessions).map(() => client.newSession()));
      const saving = {
        table: 'writeassistdev_chat_sessions',
        key: 'unique_session',
        set: 'last_activity_at = last_activity_at + 1',
        where: 'writeassistdevid = ? AND userid = ? AND session_id = ?',
      };
      const parameters = [client.owner.activityId, client.owner.userId, String(ids[0])];
      const counted = await Promise.all(
        numbers(20).map(() =>
          transactions.run(async () => {
            const number = await sql.increment('last_sequence', saving, parameters);
            await sleep(2);
            return number;
          }),
        ),
      );
      expect(counted.sort((a = 0, b = 0) => a - b)).toEqual(numbers(20).map((index) => index + 1));
    });
  });

  if (engine() === 'mariadb') {
    it('increment uses the forced key where the server would use another', async () => {
      const client = await server.client();
      const where = 'writeassistdevid = ? AND userid = ? AND session_id = ?';
      const parameters = [client.owner.activityId, client.owner.userId, await client.newSession()];
      const [table, set] = ['writeassistdev_chat_sessions', 'last_activity_at = last_activity_at + 1'];
      const plan = await sql.queryOne<{ key: string }>(`EXPLAIN UPDATE ${table} SET ${set} WHERE ${where}`, parameters);
      expect(plan?.key).toBe('ix_chat_sessions_recent');
      const readOn = async () => {
        const found = await sql.queryOne<{ Value: string }>(`SHOW SESSION STATUS LIKE 'Handler\\_read\\_next'`, []);
        return Number(found?.Value);
      };
      await transactions.run(async () => {
        const before = await readOn();
        const update = { table, key: 'unique_session', set, where };
        expect(await sql.increment('last_sequence', update, parameters)).toBe(1);
        // A complete unique key is a single lookup; another index is read to the end of its range.
        expect((await readOn()) - before).toBe(0);
      });
    });
  }

  describe('selectForUpdate', () => {
    it('returns the row, or undefined', async () => {
      const id = await add('locked');
      await transactions.run(async () => {
        expect(await sql.selectForUpdate('name, counter', 'scratch', 'id = ?', [id])).toEqual({
          name: 'locked',
          counter: 0,
        });
        expect(await sql.selectForUpdate('name', 'scratch', 'id = ?', [999_999])).toBeUndefined();
      });
    });

    it('locks the row until the transaction has ended', async () => {
      const id = await add('locked');
      const locked = gate();
      const order: string[] = [];
      const holder = transactions.run(async () => {
        await sql.selectForUpdate('id', 'scratch', 'id = ?', [id]);
        locked.open();
        await sleep(60);
        order.push('holder');
      });
      await locked.opened;
      const other = sql.execute('UPDATE scratch SET counter = 1 WHERE id = ?', [id]).then(() => order.push('other'));
      await Promise.all([holder, other]);
      expect(order).toEqual(['holder', 'other']);
    });
  });

  describe('a statement', () => {
    it('outside of a transaction is committed at once', async () => {
      const id = await add('at once');
      const found = await server.dataSource.query<unknown[]>(`SELECT name FROM scratch WHERE id = ${id}`);
      expect(found).toEqual([{ name: 'at once' }]);
    });

    it('in a transaction sees its changes, and is rolled back with it', async () => {
      let id = 0;
      const running = transactions.run(async () => {
        id = await add('undone');
        expect(await find(id)).toMatchObject({ name: 'undone' });
        expect(await sql.increment('counter', counting, ['undone', id])).toBe(1);
        throw new Error('no');
      });
      await expect(running).rejects.toThrow('no');
      expect(await find(id)).toBeUndefined();
    });

    it("in a transaction uses the connection of the transaction's manager", async () => {
      const running = transactions.run(async () => {
        await transactions.manager.query(`INSERT INTO scratch (name) VALUES ('of the manager')`);
        expect(await sql.query('SELECT name FROM scratch WHERE name = ?', ['of the manager'])).toHaveLength(1);
        throw new Error('no');
      });
      await expect(running).rejects.toThrow('no');
      expect(await sql.query('SELECT name FROM scratch WHERE name = ?', ['of the manager'])).toEqual([]);
    });
  });

  it('rejects values that do not fit instead of cutting them', async () => {
    if (engine() === 'mariadb') {
      await expect(add('x'.repeat(51))).rejects.toMatchObject({
        code: 'validation_failed',
        cause: { message: expect.stringMatching(/too long/) as string },
      });
    }
    await expect(sql.execute('INSERT INTO scratch (counter) VALUES (?)', [null])).rejects.toThrow();
  });
});
