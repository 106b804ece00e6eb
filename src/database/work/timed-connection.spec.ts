import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'mysql2';
import { DatabaseUnavailableError } from '../database.errors.js';
import { connectTo, connectUntil } from './timed-connection.js';

/** A connection that notes whether it was broken. */
function connectionOf() {
  const connection = { isBroken: false, stream: { destroy: () => (connection.isBroken = true) as never } };
  return connection;
}

const soon = () => performance.now() + 20;

describe('connectUntil', () => {
  it('breaks the connection at the deadline, and not after its end', async () => {
    const [used, ended, lasting] = [connectionOf(), connectionOf(), connectionOf()];
    await connectUntil(soon(), () => Promise.resolve(used));
    const { stop } = await connectUntil(soon(), () => Promise.resolve(ended));
    stop();
    await connectUntil(Infinity, () => Promise.resolve(lasting));
    expect(used.isBroken).toBe(false);
    await sleep(60);
    expect([used, ended, lasting].map(({ isBroken }) => isBroken)).toEqual([true, false, false]);
  });

  it('fails at the deadline when there is no connection, and breaks one that comes later', async () => {
    const late = connectionOf();
    const connecting = connectUntil(soon(), () => sleep(60).then(() => late));
    await expect(connecting).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(late.isBroken).toBe(false);
    await sleep(80);
    expect(late.isBroken).toBe(true);
  });

  it.each([
    ['an error', new Error('refused'), new Error('refused')],
    ['something else', 'refused', new Error('refused')],
  ])('throws what connecting throws: %s', async (_, thrown, expected) => {
    await expect(connectUntil(performance.now() + 60_000, () => Promise.reject(thrown as Error))).rejects.toEqual(
      expected,
    );
  });

  it('leaves a connection without a socket alone', async () => {
    const { connection } = await connectUntil(soon(), () => Promise.resolve({}));
    await sleep(60);
    expect(connection).toEqual({});
  });
});

describe('connectTo', () => {
  it('throws what the driver reports', async () => {
    const refused = new Error('refused');
    const pool = {
      getConnection: (done: (error: Error) => void) => {
        done(refused);
      },
    } as unknown as Pool;
    await expect(connectTo(pool)).rejects.toBe(refused);
  });
});
