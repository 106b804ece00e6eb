import { DatabaseUnavailableError, OutcomeUnknownError } from '../database/database.errors.js';
import { ConnectionLostError, createRetry } from './connection-retry.js';

const lost = (code = 'ECONNRESET') => Object.assign(new Error(`read ${code}`), { code });
const connection = { role: 'target', host: 'db.example.org', port: 3307 } as const;

describe('createRetry', () => {
  const lines: string[] = [];
  const retry = createRetry(connection, { pausesMs: [1, 2, 3], onLost: (line) => lines.push(line) });

  beforeEach(() => {
    lines.length = 0;
  });

  /** Fails with each of the errors, and succeeds then. */
  function failing(...errors: unknown[]) {
    return jest.fn(() => (errors.length > 0 ? Promise.reject(errors.shift() as Error) : Promise.resolve('done')));
  }

  it.each<[string, unknown]>([
    ['a lost connection', lost()],
    ['a connection that was closed', new Error("Can't add new command when connection is in closed state")],
    ['a server that shuts down', Object.assign(new Error('x'), { errno: 1053 })],
    ['a server that is read-only for now', Object.assign(new Error('x'), { errno: 1290 })],
    ['what a transaction says of it', new DatabaseUnavailableError(lost())],
    ['an unknown outcome', new OutcomeUnknownError(lost())],
  ])('repeats the work after %s', async (_, error) => {
    const work = failing(error, error);
    const recover = jest.fn(() => Promise.resolve());
    expect(await retry(work, recover)).toBe('done');
    expect([work.mock.calls.length, recover.mock.calls.length, lines.length]).toEqual([3, 2, 2]);
  });

  it('counts a failed recovery as an attempt, whatever its error is', async () => {
    const work = failing(lost());
    const recover = failing(new Error('no access'), lost('ECONNREFUSED'));
    expect(await retry(work, recover as unknown as () => Promise<void>)).toBe('done');
    expect([work.mock.calls.length, recover.mock.calls.length]).toEqual([2, 3]);
  });

  it('ends with the role, host and port of the connection', async () => {
    const error = await retry(failing(lost(), lost(), lost(), lost('EPIPE'))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect((error as ConnectionLostError).lines).toEqual([
      'the connection to the target (db.example.org:3307) failed (EPIPE), also in 3 further attempts: ' +
        'run it again, it continues where it ended',
    ]);
    expect(lines[0]).toBe(
      'the connection to the target (db.example.org:3307) failed (ECONNRESET): next attempt in 0.001 s',
    );
  });

  it.each([
    ['a fault of the program', new TypeError('x')],
    ['a duplicate', Object.assign(new Error('x'), { errno: 1062 })],
    ['a missing privilege', new DatabaseUnavailableError(Object.assign(new Error('x'), { errno: 1142 }))],
  ])('does not repeat the work after %s', async (_, error) => {
    const work = failing(error);
    await expect(retry(work)).rejects.toBe(error);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
