import { EventCounts } from '../../common/event-counts.js';
import { requestStorage, type RequestContext } from '../../common/request-context.js';
import { DatabaseBusyError } from '../database.errors.js';
import { DatabaseWork } from './database-work.js';

const request = (): RequestContext => ({
  ...{ caller: 'a', waitedMs: 0, hasLeft: false, deadline: undefined },
  park: () => undefined,
});

describe('DatabaseWork', () => {
  const events = new EventCounts();
  const work = new DatabaseWork({ capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: 1 }, 60_000, events);

  it('counts attempts that the database rolled back, by the error', async () => {
    const deadlock = Object.assign(new Error('deadlock'), { errno: 1213, code: 'ER_LOCK_DEADLOCK' });
    const outcomes = [() => Promise.reject(deadlock), () => Promise.resolve('done')];
    const attempt = () => outcomes.shift()?.() ?? Promise.reject(new Error('too many attempts'));
    expect(await requestStorage.run(request(), () => work.run('statement', attempt))).toBe('done');
    expect([...events.retries.entries()]).toEqual([['ER_LOCK_DEADLOCK', 1]]);
  });

  it.each([
    ['when the next attempt would begin after it', 1],
    ['when it is over already', -1],
  ])('fails at the deadline: %s', async (_, leftMs) => {
    const busy = new DatabaseWork({ capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: 1 }, 60_000);
    const deadlock = Object.assign(new Error('deadlock'), { errno: 1213, code: 'ER_LOCK_DEADLOCK' });
    const [random, realNow, now] = [Math.random, performance.now.bind(performance), performance.now()];
    Math.random = () => 1;
    performance.now = () => now;
    let attempts = 0;
    try {
      const context = { ...request(), deadline: now + leftMs };
      const run = busy.run.bind(busy, 'statement', () => {
        attempts++;
        return Promise.reject(deadlock);
      });
      await expect(requestStorage.run(context, () => run())).rejects.toBeInstanceOf(DatabaseBusyError);
    } finally {
      Math.random = random;
      performance.now = realNow;
    }
    expect(attempts).toBe(leftMs > 0 ? 1 : 0);
  });

  it('tells how much runs and how much waits', async () => {
    let finish!: () => void;
    const running = new Promise<void>((resolve) => (finish = resolve));
    const all = [1, 2].map(() => requestStorage.run(request(), () => work.run('statement', () => running)));
    await new Promise(setImmediate);
    expect(work.load).toEqual({ running: 1, waiting: 1 });
    finish();
    await Promise.all(all);
    expect(work.load).toEqual({ running: 0, waiting: 0 });
  });
});
