import { DatabaseUnavailableError } from './database.errors.js';

describe('DatabaseUnavailableError', () => {
  it.each([1040, 1203, 1226])('names the size of the pool for error %s', (errno) => {
    const error = Object.assign(new Error('too many'), { errno });
    expect(new DatabaseUnavailableError(error).logDetails).toEqual({ variable: 'DATABASE_POOL_SIZE' });
  });

  it('names nothing for other errors', () => {
    for (const cause of [undefined, new Error('x'), Object.assign(new Error('x'), { errno: 1053 })]) {
      expect(new DatabaseUnavailableError(cause).logDetails).toEqual({});
    }
  });
});
