import { StartupError } from '../../common/startup-error.js';
import type { DatabaseConfig } from '../../config/config.js';
import { readConfig } from '../../config/read-config.js';
import { toStartupError } from './startup-errors.js';

const password = 'hunter2-and-more';
const onMysql = readConfig({ DATABASE_URL: `mysql://chat:${password}@db.example:3307/store` }).database;
const onSqlite = readConfig({ DATA_DIR: '/srv/chat' }).database;
const mysql = (errno: number, code?: string) => Object.assign(new Error(`no: ${password}`), { errno, code });
const sqlite = (errcode: number) => Object.assign(new Error('no'), { errcode, code: 'ERR_SQLITE_ERROR' });

function problem(error: unknown, config: DatabaseConfig): StartupError {
  const found = toStartupError(error, config);
  if (!(found instanceof StartupError)) throw new Error(`no StartupError but ${String(found)}`);
  return found;
}

describe('toStartupError', () => {
  it.each<[string, Error, DatabaseConfig, RegExp, number]>([
    ['no grant', mysql(1044), onMysql, /db\.example:3307 does not let the user "chat" use the database "store"/, 78],
    ['a wrong password', mysql(1045), onMysql, /db\.example:3307 refuses the user "chat": check the user and/, 78],
    ['a user of another kind', mysql(1698), onMysql, /refuses the user "chat"/, 78],
    ['no such database', mysql(1049), onMysql, /has no database "store": create it/, 78],
    ['no right to create', mysql(1142), onMysql, /does not let the user "chat" create tables/, 78],
    [
      'a server without TLS',
      mysql(0, 'HANDSHAKE_NO_SSL_SUPPORT'),
      onMysql,
      /TLS with .* fails \(HANDSHAKE_NO_SSL_SUPPORT\)/,
      78,
    ],
    [
      'a certificate of an unknown issuer',
      mysql(0, 'SELF_SIGNED_CERT_IN_CHAIN'),
      onMysql,
      /check DATABASE_TLS and DATABASE_TLS_CA/,
      78,
    ],
    ['a file in use', sqlite(5), onSqlite, /^\/srv\/chat\/chat-store\.sqlite is in use by another process/, 1],
    ['a folder that cannot be written', sqlite(14), onSqlite, /cannot be written: DATA_DIR must be a folder/, 78],
    ['a file that cannot be written', sqlite(8), onSqlite, /cannot be written/, 78],
    ['a folder that cannot be made', mysql(-13, 'EACCES'), onSqlite, /cannot be written/, 78],
    ['a damaged file', sqlite(11), onSqlite, /is damaged or is not a database/, 78],
    ['a file of another kind', sqlite(26), onSqlite, /is damaged or is not a database/, 78],
  ])('returns one line that says what to correct: %s', (_name, error, config, pattern, exitCode) => {
    const { lines, exitCode: code } = problem(error, config);
    expect(lines).toEqual([expect.stringMatching(pattern)]);
    expect(lines[0]).not.toContain('\n');
    expect(lines[0]).not.toContain(password);
    expect(code).toBe(exitCode);
  });

  it('returns exit code 1 for a busy file, so that a supervisor restarts the server', () => {
    // SQLITE_BUSY, and its extended codes SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT.
    for (const code of [5, 261, 517]) expect([code, problem(sqlite(code), onSqlite).exitCode]).toEqual([code, 1]);
  });

  it.each([
    ['refused', mysql(-111, 'ECONNREFUSED')],
    ['unknown', mysql(-3008, 'ENOTFOUND')],
    ['too slow', mysql(-110, 'ETIMEDOUT')],
    ['shutting down', mysql(1053)],
    ['full', mysql(1040)],
  ])('returns undefined for a server that is %s, because it may become available', (_name, error) => {
    expect(toStartupError(error, onMysql)).toBeUndefined();
  });

  it('returns a StartupError and an unknown error unchanged', () => {
    const known = new StartupError(['one line']);
    const unknown = new TypeError('x is not a function');
    expect(toStartupError(known, onMysql)).toBe(known);
    expect(toStartupError(unknown, onMysql)).toBe(unknown);
    expect(toStartupError(unknown, onSqlite)).toBe(unknown);
    expect(toStartupError('text', onSqlite)).toEqual(new Error('text'));
  });
});
