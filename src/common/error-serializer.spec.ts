import { serializeError } from './error-serializer.js';

class DriverFailure extends Error {
  errno = 1062;
  code = 'ER_DUP_ENTRY';
  sql = 'INSERT INTO t VALUES (?)';
  parameters = ['what somebody wrote'];
}

describe('what the log may know of an error', () => {
  it('is its type, message and place', () => {
    const known = serializeError(new TypeError('a parameter is undefined'));
    expect(known).toMatchObject({ type: 'TypeError', message: 'a parameter is undefined' });
    expect(known.at[0]).toMatch(/^at .*error-serializer\.spec/);
    expect(known.at.length).toBeLessThanOrEqual(8);
  });

  it.each<[string, Error]>([
    ['of a MySQL driver', new DriverFailure("Duplicate entry 'what somebody wrote' for key")],
    ['of SQLite', Object.assign(new Error('near "what somebody wrote"'), { errcode: 2067, code: 'ERR_SQLITE_ERROR' })],
    ['wrapped', Object.assign(new Error('what somebody wrote'), { driverError: {}, query: 'what somebody wrote' })],
  ])('is no message, statement or parameter of an error %s', (_, error) => {
    expect(JSON.stringify(serializeError(error))).not.toContain('what somebody wrote');
    expect(serializeError(error)).not.toHaveProperty('message');
  });

  it('is the number of an error of a database', () => {
    expect(serializeError(new DriverFailure('x'))).toMatchObject({ type: 'DriverFailure', code: 'ER_DUP_ENTRY' });
    expect(serializeError(Object.assign(new Error('x'), { errcode: 2067 }))).toMatchObject({ code: 2067 });
    expect(serializeError(Object.assign(new Error('x'), { errno: 1213 }))).toMatchObject({ code: 1213 });
  });

  it('is its cause too, told by the same rules', () => {
    const error = new Error('outer', {
      cause: new Error('middle', { cause: new DriverFailure('what somebody wrote') }),
    });
    expect(serializeError(error)).toMatchObject({
      message: 'outer',
      cause: { message: 'middle', cause: { code: 'ER_DUP_ENTRY' } },
    });
    expect(JSON.stringify(serializeError(error))).not.toContain('what somebody wrote');
  });

  it.each([[null], [undefined], ['what somebody wrote'], [{ message: 'what somebody wrote' }], [5]])(
    'is nothing but the type of what is no error: %j',
    (thrown) => {
      expect(serializeError(thrown)).toEqual({ type: typeof thrown, at: [] });
    },
  );

  it('is no line of a message that has several', () => {
    const error = new DriverFailure('one\n    what somebody wrote\nthree');
    expect(JSON.stringify(serializeError(error))).not.toContain('what somebody wrote');
  });

  it('is no line of a message that looks like a place', () => {
    const error = new DriverFailure('one\n    at what somebody wrote (x:1:1)\nthree');
    expect(JSON.stringify(serializeError(error))).not.toContain('what somebody wrote');
  });
});
