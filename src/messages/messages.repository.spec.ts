import { SqlClient, type Parameter, type WriteResult } from '../database/sql/sql-client.js';
import type { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { MessagesRepository, historyPositionQueries } from './messages.repository.js';

const duplicate = Object.assign(new Error('Duplicate entry'), { errno: 1062 });
const owner = { activityId: 1, userId: 2 };
const message = {
  sessionId: 'chat-1',
  role: 'user' as const,
  content: 'Hello',
  timestamp: 1000,
  sequence: 1,
  clientMessageId: null,
  createdAt: 1000,
  format: null,
  payload: null,
  metadata: null,
  status: 'complete' as const,
  requestSha256: null,
  parentId: undefined,
  revisionOf: null,
};

/** A database in which another message takes each position just before this one, `rivals` times. */
class RacedSql extends SqlClient {
  attempts = 0;
  private readonly taken: number[] = [];

  constructor(
    private readonly rivals: number,
    private readonly key: 'history' | 'other',
  ) {
    super();
  }

  execute(_sql: string, parameters: Parameter[]): Promise<WriteResult> {
    this.attempts++;
    if (this.attempts > this.rivals) return Promise.resolve({ affected: 1, insertId: 7 });
    if (this.key === 'history') this.taken.push(Number(parameters.at(-1)));
    return Promise.reject(duplicate);
  }

  query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    if (sql !== historyPositionQueries.neighbours) return Promise.resolve([]);
    const from = Number(parameters.at(-1));
    const rows = this.taken.filter((position) => position >= from).map((position) => ({ position }));
    return Promise.resolve(rows as Row[]);
  }

  updateOne(): never {
    throw new Error('nothing is updated');
  }

  increment(): never {
    throw new Error('nothing is counted');
  }

  selectForUpdate(): never {
    throw new Error('nothing is locked');
  }

  sha256(): never {
    throw new Error('nothing is hashed');
  }

  contains(): never {
    throw new Error('nothing is searched');
  }
}

/** A history in which every position up to the last one is taken, but for one. */
class FullHistory extends RacedSql {
  searches = 0;

  constructor(
    private readonly last: number,
    private readonly gap = 0,
  ) {
    super(1, 'history');
  }

  override query<Row>(sql: string, parameters: Parameter[]): Promise<Row[]> {
    if (sql === historyPositionQueries.last) return Promise.resolve([{ position: this.last }] as Row[]);
    if (sql !== historyPositionQueries.neighbours) return Promise.resolve([]);
    this.searches++;
    const from = Number(parameters.at(-1));
    // One more than a result, for the gap.
    const length = Math.max(0, Math.min(1001, this.last + 1 - from));
    const taken = Array.from({ length }, (_, index) => ({ position: from + index }));
    return Promise.resolve(taken.filter(({ position }) => position !== this.gap).slice(0, 1000) as Row[]);
  }
}

/** A database that refuses every row with this error, and has no messages. */
class RefusingSql extends RacedSql {
  queries = 0;

  constructor(private readonly error: Error) {
    super(0, 'other');
  }

  override execute(): Promise<WriteResult> {
    this.attempts++;
    return Promise.reject(this.error);
  }

  override query<Row>(): Promise<Row[]> {
    this.queries++;
    return Promise.resolve([]);
  }
}

const insert = (sql: RacedSql, more: { timestamp?: undefined } = {}) =>
  new MessagesRepository(sql, {} as TransactionRunner).insert(owner, { ...message, ...more });

describe('the history position of a message', () => {
  it('is found although many other messages take the positions before it', async () => {
    const sql = new RacedSql(500, 'history');
    expect(await insert(sql)).toEqual({ ...message, id: 7, historyPosition: 1500 });
  });

  it('is the first gap among others', async () => {
    const sql = new FullHistory(3000, 1500);
    expect(await insert(sql)).toMatchObject({ historyPosition: 1500 });
    expect(sql.searches).toBe(1);
  });

  it.each([
    [5000, 5],
    [9999, 10],
    [1_000_000, 10],
  ])('is after %d, the last one of a row, found by %d statements', async (last, searches) => {
    const sql = new FullHistory(last);
    expect(await insert(sql)).toMatchObject({ historyPosition: last + 1 });
    expect(sql.searches).toBe(searches);
  });

  it('is searched for at most 10 times when another unique key rejects the row', async () => {
    const sql = new RacedSql(Number.MAX_SAFE_INTEGER, 'other');
    await expect(insert(sql)).rejects.toBe(duplicate);
    expect(sql.attempts).toBe(10);
  });
});

describe('the insertion of a message without a timestamp', () => {
  it.each([
    ['another error', Object.assign(new Error('Lock wait timeout exceeded'), { errno: 1205 }), 0],
    ['NULL in another column', Object.assign(new Error("Column 'role' cannot be null"), { errno: 1048 }), 1],
  ])('fails with %s unchanged', async (_name, error, queries) => {
    const sql = new RefusingSql(error);
    await expect(insert(sql, { timestamp: undefined })).rejects.toBe(error);
    expect([sql.attempts, sql.queries]).toEqual([1, queries]);
  });
});
