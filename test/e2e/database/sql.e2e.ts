import { setTimeout as sleep } from 'node:timers/promises';
import type { Parameter, SqlClient } from '../../../src/database/sql/sql-client.js';
import type { TransactionRunner } from '../../../src/database/transactions/transaction-runner.js';
import { gate, numbers, sqlOf, unitOf } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

const counting = { table: 'scratch', key: 'PRIMARY', set: 'name = ?', where: 'id = ?' };

describe('hand-written SQL', () => {
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
      counter BIGINT NOT NULL DEFAULT 0)`);
  });
  afterAll(() => server.stop());

  /** @returns its id */
  async function add(name: string | null, content: string | null = null): Promise<number> {
    return (await sql.execute('INSERT INTO scratch (name, content) VALUES (?, ?)', [name, content])).insertId;
  }

  function find(id: number) {
    return sql.queryOne<{ name: string | null; content: string | null; counter: number }>(
      'SELECT name, content, counter FROM scratch WHERE id = ?',
      [id],
    );
  }

  describe('a parameter that is undefined', () => {
    const missing = undefined as unknown as Parameter;
    const uses: [string, () => Promise<unknown>][] = [
      ['rows', () => sql.query('SELECT id FROM scratch WHERE name = ?', [missing])],
      ['row', () => sql.queryOne('SELECT id FROM scratch WHERE name = ?', [missing])],
      ['write', () => sql.execute('INSERT INTO scratch (name) VALUES (?)', [missing])],
      ['increment', () => sql.increment('counter', counting, [missing, 1])],
      ['lock', () => sql.selectForUpdate('id', 'scratch', 'name = ?', [missing])],
    ];

    it.each(uses)('is refused by %s', async (_name, use) => {
      await expect(use()).rejects.toThrow('a parameter of an SQL statement is undefined');
    });

    it.each(uses)('is refused by %s in a transaction', async (_name, use) => {
      await expect(transactions.run(use)).rejects.toThrow('a parameter of an SQL statement is undefined');
    });

    it('has written nothing', async () => {
      expect(await sql.query('SELECT id FROM scratch WHERE name IS NULL', [])).toEqual([]);
    });
  });

  it('gives texts as texts and numbers as numbers, also those that are times', async () => {
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
    ['spaces at the edges', '  x  '],
    ['nothing', ''],
    ['a MiB', 'ä'.repeat(512 * 1024)],
  ])('gives back %s as it was written', async (_name, text) => {
    expect((await find(await add('text', text)))?.content).toBe(text);
  });

  it('takes LIMIT as a string', async () => {
    for (const name of ['limit', 'limit', 'limit']) await add(name);
    const found = await sql.query('SELECT id FROM scratch WHERE name = ? ORDER BY id LIMIT ?', ['limit', '2']);
    expect(found).toHaveLength(2);
  });

  it('row gives the first row, or undefined', async () => {
    const first = await add('row');
    await add('row');
    const text = 'SELECT id FROM scratch WHERE name = ? ORDER BY id';
    expect(await sql.queryOne(text, ['row'])).toEqual({ id: first });
    expect(await sql.queryOne(text, ['nothing of this name'])).toBeUndefined();
  });

  it('write tells the new id, and how many rows it found, also when nothing changed in them', async () => {
    const id = await add('matched');
    expect(await add('matched')).toBeGreaterThan(id);
    const update = (name: string) => sql.execute(`UPDATE scratch SET name = 'matched' WHERE name = ?`, [name]);
    expect((await update('matched')).affected).toBe(2);
    expect((await update('missed')).affected).toBe(0);
    expect((await sql.execute('DELETE FROM scratch WHERE name = ?', ['matched'])).affected).toBe(2);
  });

  describe('increment', () => {
    it('gives the new number, and makes the other changes', async () => {
      const id = await add('before');
      expect(await sql.increment('counter', counting, ['after', id])).toBe(1);
      expect(await transactions.run(() => sql.increment('counter', counting, ['after', id]))).toBe(2);
      expect(await find(id)).toEqual({ name: 'after', content: null, counter: 2 });
    });

    it('gives undefined where no row is, also right after one that was there', async () => {
      const id = await add('there');
      await transactions.run(async () => {
        expect(await sql.increment('counter', counting, ['there', id])).toBe(1);
        expect(await sql.increment('counter', counting, ['there', 999_999])).toBeUndefined();
      });
    });

    it('gives each of many a number of its own', async () => {
      const id = await add('many');
      const given = await Promise.all(numbers(30).map(() => sql.increment('counter', counting, ['many', id])));
      expect(given.sort((a = 0, b = 0) => a - b)).toEqual(numbers(30).map((index) => index + 1));
    });
  });

  describe('increment of a row that many wait for', () => {
    // MariaDB would find the only session of an owner over the index of the list, whose column the statement changes:
    // the entry moves away from whoever waits for it.
    it.each([1, 3])('misses it for nobody, where the owner has %i sessions', async (sessions) => {
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
    it('increment reads the forced key alone, where the server would take another', async () => {
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
        // All columns of a unique key lead to its row at once; another index is read on to the end of its range.
        expect((await readOn()) - before).toBe(0);
      });
    });
  }

  describe('lock', () => {
    it('gives the row, or undefined', async () => {
      const id = await add('locked');
      await transactions.run(async () => {
        expect(await sql.selectForUpdate('name, counter', 'scratch', 'id = ?', [id])).toEqual({
          name: 'locked',
          counter: 0,
        });
        expect(await sql.selectForUpdate('name', 'scratch', 'id = ?', [999_999])).toBeUndefined();
      });
    });

    it('keeps others from the row until the transactions has ended', async () => {
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

  describe('where it belongs', () => {
    it('outside of a transaction it is committed at once', async () => {
      const id = await add('at once');
      const found = await server.dataSource.query<unknown[]>(`SELECT name FROM scratch WHERE id = ${id}`);
      expect(found).toEqual([{ name: 'at once' }]);
    });

    it('in a transaction it sees what the transaction did, and is undone with it', async () => {
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

    it("in a transaction it shares the connection of the transaction's manager", async () => {
      const running = transactions.run(async () => {
        await transactions.manager.query(`INSERT INTO scratch (name) VALUES ('of the manager')`);
        expect(await sql.query('SELECT name FROM scratch WHERE name = ?', ['of the manager'])).toHaveLength(1);
        throw new Error('no');
      });
      await expect(running).rejects.toThrow('no');
      expect(await sql.query('SELECT name FROM scratch WHERE name = ?', ['of the manager'])).toEqual([]);
    });
  });

  it('refuses what does not fit, and cuts nothing', async () => {
    if (engine() === 'mariadb') {
      await expect(add('x'.repeat(51))).rejects.toMatchObject({
        code: 'validation_failed',
        cause: { message: expect.stringMatching(/too long/) as string },
      });
    }
    await expect(sql.execute('INSERT INTO scratch (counter) VALUES (?)', [null])).rejects.toThrow();
  });
});
