import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseBusyError } from '../database.errors.js';
import { Mutex } from './mutex.js';

const long = 5000;

describe('Mutex', () => {
  it('grants turns one at a time, in the order of the calls', async () => {
    const mutex = new Mutex();
    const order: string[] = [];
    const turn = async (name: string, ms: number) => {
      const end = await mutex.acquire(long);
      order.push(`${name} begins`);
      await sleep(ms);
      order.push(`${name} ends`);
      end();
    };
    await Promise.all([turn('first', 20), turn('second', 5), turn('third', 0)]);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
  });

  it('rejects with DatabaseBusyError when the turn does not come in time', async () => {
    const mutex = new Mutex();
    const end = await mutex.acquire(long);
    const started = Date.now();
    await expect(mutex.acquire(30)).rejects.toBeInstanceOf(DatabaseBusyError);
    expect(Date.now() - started).toBeGreaterThanOrEqual(25);
    end();
  });

  it('skips a caller that has timed out, and grants the next turn only after the release', async () => {
    const mutex = new Mutex();
    const end = await mutex.acquire(long);
    const impatient = mutex.acquire(10);
    let begun = false;
    const patient = mutex.acquire(long).then((endTurn) => {
      begun = true;
      return endTurn;
    });
    await expect(impatient).rejects.toBeInstanceOf(DatabaseBusyError);
    await sleep(10);
    expect(begun).toBe(false);
    end();
    (await patient)();
    (await mutex.acquire(10))();
  });

  it('ignores a second release of the same turn', async () => {
    const mutex = new Mutex();
    const end = await mutex.acquire(long);
    end();
    const second = await mutex.acquire(long);
    end();
    await expect(mutex.acquire(10)).rejects.toBeInstanceOf(DatabaseBusyError);
    second();
  });

  it('gives the lock at once only when it is free, and not to one who comes before those that wait', async () => {
    const mutex = new Mutex();
    const end = mutex.tryAcquire();
    expect(end).toBeDefined();
    expect(mutex.tryAcquire()).toBeUndefined();
    const waiting = mutex.acquire(long);
    end?.();
    expect(mutex.tryAcquire()).toBeUndefined();
    (await waiting)();
    expect(mutex.tryAcquire()).toBeDefined();
  });

  it('leaves no timer behind', async () => {
    const mutex = new Mutex();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const end = await mutex.acquire(60_000);
    const waiting = mutex.acquire(60_000);
    end();
    (await waiting)();
    expect(timers()).toBe(before);
  });
});
