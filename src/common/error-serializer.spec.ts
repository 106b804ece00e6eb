import { serializeError } from './error-serializer.js';

class DriverFailure extends Error {
  errno = 1062;
  code = 'ER_DUP_ENTRY';
  sql = 'INSERT INTO t VALUES (?)';
  parameters = ['user data'];
}

describe('serializeError', () => {
  it('returns type, message and stack frames', () => {
    const known = serializeError(new TypeError('a parameter is undefined'));
    expect(known).toMatchObject({ type: 'TypeError', message: 'a parameter is undefined' });
    expect(known.at[0]).toMatch(/^at .*error-serializer\.spec/);
    expect(known.at.length).toBeLessThanOrEqual(8);
  });

  it.each<[string, Error]>([
    ['of a MySQL driver', new DriverFailure("Duplicate entry 'user data' for key")],
    ['of SQLite', Object.assign(new Error('near "user data"'), { errcode: 2067, code: 'ERR_SQLITE_ERROR' })],
    ['wrapped', Object.assign(new Error('user data'), { driverError: {}, query: 'user data' })],
  ])('omits message, statement and parameters of an error %s', (_, error) => {
    expect(JSON.stringify(serializeError(error))).not.toContain('user data');
    expect(serializeError(error)).not.toHaveProperty('message');
  });

  it('keeps the number of a database error', () => {
    expect(serializeError(new DriverFailure('x'))).toMatchObject({ type: 'DriverFailure', code: 'ER_DUP_ENTRY' });
    expect(serializeError(Object.assign(new Error('x'), { errcode: 2067 }))).toMatchObject({ code: 2067 });
    expect(serializeError(Object.assign(new Error('x'), { errno: 1213 }))).toMatchObject({ code: 1213 });
  });

  it('applies the same rules to the cause', () => {
    const error = new Error('outer', {
      cause: new Error('middle', { cause: new DriverFailure('user data') }),
    });
    expect(serializeError(error)).toMatchObject({
      message: 'outer',
      cause: { message: 'middle', cause: { code: 'ER_DUP_ENTRY' } },
    });
    expect(JSON.stringify(serializeError(error))).not.toContain('user data');
  });

  it.each([[null], [undefined], ['user data'], [{ message: 'user data' }], [5]])(
    'returns only the type of a thrown value that is no Error: %j',
    (thrown) => {
      expect(serializeError(thrown)).toEqual({ type: typeof thrown, at: [] });
    },
  );

  it('omits every line of a multi-line message', () => {
    const error = new DriverFailure('one\n    user data\nthree');
    expect(JSON.stringify(serializeError(error))).not.toContain('user data');
  });

  it('omits a line of a message that looks like a stack frame', () => {
    const error = new DriverFailure('one\n    at user data (x:1:1)\nthree');
    expect(JSON.stringify(serializeError(error))).not.toContain('user data');
  });
});
