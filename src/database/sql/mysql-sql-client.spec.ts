import type { DataSource } from 'typeorm';
import type { DatabaseState } from '../connection/database-state.js';
import {
  DatabaseUnavailableError,
  OutcomeUnknownError,
  StatementTooLargeError,
  ValueRejectedError,
} from '../database.errors.js';
import { DatabaseWork } from '../work/database-work.js';
import { MysqlSqlClient } from './mysql-sql-client.js';

const maxPacketBytes = 1024 * 1024;
const tooLarge = { errno: 1153 };
const lost = { code: 'ECONNRESET' };

/** A client of a connection on which each statement fails with an error of these properties. */
function clientFor(properties: object, limit?: number): MysqlSqlClient {
  const error = Object.assign(new Error('driver'), properties);
  const connection = {
    execute: (_sql: string, _parameters: unknown[], callback: (reason: Error) => void) => {
      callback(error);
    },
    release: () => undefined,
  };
  const pool = {
    getConnection: (callback: (none: null, connected: object) => void) => {
      callback(null, connection);
    },
  };
  const state = { maxPacketBytes: limit, assertReady: () => undefined } as DatabaseState;
  const work = new DatabaseWork({ capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: 0 }, Infinity);
  return new MysqlSqlClient({ driver: { pool }, options: {} } as unknown as DataSource, state, work);
}

/** What a statement with a text of this many bytes throws when the driver fails with an error of these properties. */
function thrownFor(properties: object, textBytes: number, limit: number | undefined): Promise<unknown> {
  const client = clientFor(properties, limit);
  return client.query('INSERT', [1, 'ä'.repeat(2), 'x'.repeat(textBytes - 4)]).catch((reason: unknown) => reason);
}

describe('MysqlSqlClient', () => {
  it.each([
    ['StatementTooLargeError', 1024, StatementTooLargeError],
    // Its result was too large.
    ['DatabaseUnavailableError', 1023, DatabaseUnavailableError],
  ])('throws %s when the server refuses a packet for a text of %i bytes', async (_, bytes, type) => {
    expect(await thrownFor(tooLarge, bytes, maxPacketBytes)).toBeInstanceOf(type);
  });

  it.each([
    ['StatementTooLargeError', maxPacketBytes - 1024, maxPacketBytes, StatementTooLargeError],
    ['DatabaseUnavailableError', maxPacketBytes - 1025, maxPacketBytes, DatabaseUnavailableError],
    ['DatabaseUnavailableError', 2 * maxPacketBytes, undefined, DatabaseUnavailableError],
  ])(
    'throws %s when the connection is lost for a text of %i bytes and a limit of %p',
    async (_, bytes, limit, type) => {
      expect(await thrownFor(lost, bytes, limit)).toBeInstanceOf(type);
    },
  );

  it('does not know whether a write was done only when the connection is lost', async () => {
    const thrown = (properties: object) =>
      clientFor(properties)
        .execute('INSERT', [])
        .catch((error: unknown) => error);
    expect(await thrown(lost)).toBeInstanceOf(OutcomeUnknownError);
    const refused = await thrown({ errno: 1040, code: 'ER_CON_COUNT_ERROR' });
    expect(refused).toBeInstanceOf(DatabaseUnavailableError);
    expect(refused).not.toBeInstanceOf(OutcomeUnknownError);
  });

  it('keeps the class of every other error of a large statement', async () => {
    expect(await thrownFor({ errno: 1366 }, 2 * maxPacketBytes, maxPacketBytes)).toBeInstanceOf(ValueRejectedError);
  });
});
