import { readFileSync } from 'node:fs';
import { StartupError } from '../../common/startup-error.js';
import { serializeError } from '../../common/error-serializer.js';
import { DomainError } from '../../common/domain-error.js';
import { readConfig } from '../../config/read-config.js';
import { toProblem } from '../../http/problem.js';
import { toStartupError } from '../connection/startup-errors.js';
import { errorClass } from './driver-errors.js';
import { mysqlErrors, sqliteErrors, type ErrorClass, type ListedError } from './error-table.js';
import { retryTransient } from './retry.js';

const mysqlConfig = readConfig({ DATABASE_URL: 'mysql://chat:pw@db.example:3307/store' }).database;
const sqliteConfig = readConfig({}).database;

/** The answer for each class. */
const answers: Record<ErrorClass, { status: number; code: string; isRetried?: true }> = {
  duplicate: { status: 500, code: 'internal_error' },
  null: { status: 500, code: 'internal_error' },
  retry: { status: 503, code: 'database_busy', isRetried: true },
  lost: { status: 503, code: 'database_unavailable' },
  unavailable: { status: 503, code: 'database_unavailable' },
  too_large: { status: 413, code: 'body_too_large' },
  rejected: { status: 422, code: 'validation_failed' },
  configuration: { status: 503, code: 'database_unavailable' },
  defect: { status: 500, code: 'internal_error' },
};

async function answerTo(error: Error): Promise<{ status: number; code: string; attempts: number; logged: unknown }> {
  let attempts = 0;
  const attempt = () => {
    attempts++;
    return Promise.reject(error);
  };
  const thrown: unknown = await retryTransient(attempt, () => Promise.resolve()).catch((reason: unknown) => reason);
  const { status, code } = toProblem(thrown) ?? { status: 500, code: 'internal_error' };
  const cause = thrown instanceof DomainError ? thrown.cause : thrown;
  return { status, code, attempts, logged: serializeError(cause).errno };
}

type Row = [number: number, name: string, errorClass: ErrorClass];

function rows(table: ReadonlyMap<number, ListedError>): Row[] {
  return Array.from(table, ([number, { name, errorClass: listed }]): Row => [number, name, listed]);
}

describe.each<[string, Row[], (number: number) => Error]>([
  [
    'of MariaDB and MySQL',
    [...rows(mysqlErrors), [1064, 'PARSE_ERROR', 'defect'], [9999, 'no such number', 'defect']],
    (errno) => Object.assign(new Error('text'), { errno, code: 'ER_SOMETHING' }),
  ],
  [
    'of SQLite',
    [...rows(sqliteErrors), [787, 'CONSTRAINT_FOREIGNKEY', 'defect'], [1, 'ERROR', 'defect']],
    (errcode) => Object.assign(new Error('text'), { errcode, code: 'ERR_SQLITE_ERROR' }),
  ],
])('every error number %s', (_engine, table, create) => {
  it.each(table)('%i %s is answered as %s, and its number is logged', async (number, _name, listed) => {
    const error = create(number);
    expect(errorClass(error)).toBe(listed);
    const { isRetried, ...answer } = answers[listed];
    expect(await answerTo(error)).toEqual({ ...answer, attempts: isRetried ? 6 : 1, logged: number });
  });
});

describe('toStartupError', () => {
  it.each(rows(mysqlErrors))('handles %i %s of a server, of class %s', (number, _name, listed) => {
    const result = toStartupError(Object.assign(new Error('text'), { errno: number }), mysqlConfig);
    if (listed === 'configuration') {
      expect(result).toBeInstanceOf(StartupError);
      expect(result).toMatchObject({ exitCode: 78, lines: [expect.stringMatching(/db\.example:3307.{20}/)] });
    } else if (listed === 'lost' || listed === 'unavailable') {
      expect(result).toBeUndefined();
    } else {
      expect(result).not.toBeInstanceOf(StartupError);
    }
  });

  it.each(rows(sqliteErrors).filter(([, , listed]) => listed === 'configuration'))(
    'returns exit code 78 for %i %s of SQLite',
    (errcode) => {
      const result = toStartupError(Object.assign(new Error('text'), { errcode }), sqliteConfig);
      expect(result).toMatchObject({ exitCode: 78, lines: [expect.any(String)] });
    },
  );
});

describe('the names of the table', () => {
  /** Numbers that MySQL 8 uses for another error or has renamed. */
  const ofMariadb = [1265, 1927, 1931, 1932, 1964, 1969, 1977, 4025, 4150, 4151, 4182];

  it('are those of the driver, except for numbers of MariaDB', () => {
    const text = readFileSync('node_modules/mysql2/lib/constants/errors.js', 'utf8');
    const driver = new Map(
      Array.from(text.matchAll(/^exports\.(?:ER_)?(\w+) = (\d+);/gm), ([, name = '', number]) => [
        Number(number),
        name,
      ]),
    );
    expect(driver.get(1213)).toBe('LOCK_DEADLOCK');
    const different = rows(mysqlErrors).filter(([number, name]) => driver.get(number) !== name);
    expect(different.map(([number]) => number).filter((number) => !ofMariadb.includes(number))).toEqual([]);
  });
});
