import { SourceError } from './source-error.js';

const server = { host: 'h', port: 3306, username: 'reader', password: 'secret', database: 'moodle' };
const describeError = (cause: object, sql: string) => {
  const { lines, exitCode, errno } = new SourceError(cause, sql, server);
  return [lines, exitCode, errno];
};

describe('an error of a statement of the source', () => {
  it.each([
    [
      { errno: 1142, code: 'ER_TABLEACCESS_DENIED_ERROR', message: "of 'x'" },
      '(ER_TABLEACCESS_DENIED_ERROR, 1142): GRANT SELECT ON moodle.mdl_a to the user "reader"',
      78,
    ],
    [
      { errno: 1449, code: 'ER_NO_SUCH_USER' },
      '(ER_NO_SUCH_USER, 1449): it is a view whose definer does not exist',
      78,
    ],
    [{ errno: 1194, code: 'ER_CRASHED_ON_USAGE', sql: 'SELECT 1' }, '(ER_CRASHED_ON_USAGE, 1194)', 1],
    [{ errno: 1969 }, '(1969)', 1],
    [{ errno: -1, code: 'ERR_ODD' }, '(ERR_ODD)', 1],
  ])('names the table, and what to do if that is known: %j', (cause, end, exitCode) => {
    const sql = "SELECT TRIM(TRAILING '\\0' FROM `b`) FROM `mdl_a` WHERE TRIM(TRAILING '\\0' FROM `c`) = 1";
    const line = `the table mdl_a of the source cannot be read ${end}`;
    expect(describeError(cause, sql)).toEqual([[line], exitCode, Math.max(cause.errno, 0)]);
  });

  it('names tables with quotes, and those of the server', () => {
    const cause = { errno: 1105, code: 'ER_UNKNOWN_ERROR' };
    expect(describeError(cause, 'SELECT 1\n FROM `a``b` c')[0]).toEqual([expect.stringContaining('the table a`b of')]);
    expect(describeError(cause, 'SELECT 1 FROM information_schema.tables')[0]).toEqual([
      expect.stringContaining('the table information_schema.tables of'),
    ]);
  });
});
