import { QueryFailedError } from 'typeorm';
import {
  errorCode,
  isConnectionLost,
  isDuplicate,
  isNullViolation,
  isTransient,
  isUnavailable,
  mysqlErrorNumber,
  sqliteErrorNumber,
} from './driver-errors.js';

const mysql = (errno: number, code?: string) => Object.assign(new Error('mysql'), { errno, code });
const sqlite = (errcode: number) => Object.assign(new Error('sqlite'), { errcode, code: 'ERR_SQLITE_ERROR' });
const node = (code: string, errno = -104) => Object.assign(new Error('node'), { code, errno });
const wrapped = (error: Error) => new QueryFailedError('SELECT 1', [], error);

/** The names of the classes that an error belongs to. */
function meanings(error: unknown): string[] {
  const all = {
    duplicate: isDuplicate,
    null: isNullViolation,
    transient: isTransient,
    lost: isConnectionLost,
    unavailable: isUnavailable,
  };
  return Object.entries(all)
    .filter(([, means]) => means(error))
    .map(([name]) => name);
}

describe('driver errors', () => {
  it.each<[string, Error, string[]]>([
    ['a duplicate key', mysql(1062), ['duplicate']],
    ['a duplicate key of SQLite', sqlite(2067), ['duplicate']],
    ['a duplicate primary key of SQLite', sqlite(1555), ['duplicate']],
    ['NULL in a column that must not be', mysql(1048), ['null']],
    ['NULL in a column of SQLite that must not be', sqlite(1299), ['null']],
    ['a deadlock', mysql(1213), ['transient']],
    ['a lock wait', mysql(1205), ['transient']],
    ['a snapshot conflict', mysql(1020), ['transient']],
    ['a Galera node that is not ready', mysql(1047), ['transient']],
    ['a busy SQLite', sqlite(5), ['transient']],
    ['a busy snapshot of SQLite', sqlite(517), ['transient']],
    ['a refused connection', node('ECONNREFUSED', -111), ['lost', 'unavailable']],
    ['a reset connection', node('ECONNRESET'), ['lost', 'unavailable']],
    ['a broken pipe', node('EPIPE', -32), ['lost', 'unavailable']],
    ['a host name that does not resolve', node('ENOTFOUND', -3008), ['lost', 'unavailable']],
    ['a connection that mysql2 found closed', node('PROTOCOL_CONNECTION_LOST', 0), ['lost', 'unavailable']],
    ['a server that shuts down', mysql(1053), ['lost', 'unavailable']],
    ['a killed connection', mysql(1927), ['lost', 'unavailable']],
    ['a full queue of the pool', new Error('Queue limit reached.'), ['lost', 'unavailable']],
    ['a closed pool', new Error('Pool is closed.'), ['lost', 'unavailable']],
    [
      'a connection that was closed before',
      new Error("Can't add new command when connection is in closed state"),
      ['lost', 'unavailable'],
    ],
    ['too many connections', mysql(1040), ['unavailable']],
    ['a full disk', mysql(1021), ['unavailable']],
    ['a full table', mysql(1114), ['unavailable']],
    ['a read-only server', mysql(1290), ['unavailable']],
    ['a statement that took too long', mysql(1969), ['unavailable']],
    ['a statement that took too long, on MySQL', mysql(3024), ['unavailable']],
    ['a read-only SQLite', sqlite(8), ['unavailable']],
    ['an input/output error of SQLite, extended', sqlite(10 + 256 * 3), ['unavailable']],
    ['a full disk under SQLite', sqlite(13), ['unavailable']],
    ['a syntax error', mysql(1064), []],
    ['a foreign key', mysql(1452), []],
    ['a foreign key of SQLite', sqlite(787), []],
    ['a check of SQLite', sqlite(275), []],
    ['a defect of the program', new TypeError('x is not a function'), []],
    ['another message about a queue', new Error('the Queue limit reached. or not'), []],
  ])('classifies %s', (_name, error, expected) => {
    expect(meanings(error)).toEqual(expected);
    expect(meanings(wrapped(error))).toEqual(expected);
  });

  it.each([undefined, null, 'ECONNRESET', 1213, {}, { errno: '1213' }, { errcode: '5' }, { code: 1213 }])(
    'returns no class, number or code for %p',
    (error) => {
      expect(meanings(error)).toEqual([]);
      expect([mysqlErrorNumber(error), sqliteErrorNumber(error), errorCode(error)]).toEqual([0, 0, undefined]);
    },
  );

  it('does not read an errno of Node as an error number of the server', () => {
    expect(mysqlErrorNumber(node('ECONNRESET', -1213))).toBe(0);
    expect(meanings(node('EWHATEVER', -1213))).toEqual([]);
  });

  it('finds the number and the code of a wrapped error', () => {
    expect(mysqlErrorNumber(wrapped(mysql(1213)))).toBe(1213);
    expect(sqliteErrorNumber(wrapped(sqlite(2067)))).toBe(2067);
    expect(errorCode(wrapped(node('EPIPE')))).toBe('EPIPE');
  });
});
