import { FakeTime } from '../../test/support/moodle/fake-time.js';
import { networksOf } from '../common/net.js';
import { CheckQueue, limits } from './check-queue.js';

const times = { hangingAfterMs: 5000, maxWaitMs: 125_000 };
const ips = ['192.0.2.1', '192.0.2.2', '2001:db8:1:100::1', '2001:db8:1:200::1', '2001:db8:2:100::1'];

/** A linear congruential generator: the same numbers in every run. */
function randomNumbers(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

it('the queue of checks keeps its bounds in any order of events, and has its whole capacity afterwards', async () => {
  const random = randomNumbers();
  const time = new FakeTime();
  const queue = new CheckQueue(times, time.timer);
  /** The checks that run, with the functions that answer them. */
  const running = new Set<{ login: string; sinceMs: number; answer: () => void }>();
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  let [nowMs, added, settled] = [0, 0, 0];

  const add = (ip: string, login: string, key: string) => {
    const run = (signal: AbortSignal) =>
      new Promise<'no login'>((resolve, reject) => {
        expect([...running].map((other) => other.login)).not.toContain(login);
        const answer = () => {
          running.delete(check);
          resolve('no login');
        };
        const check = { login, sinceMs: nowMs, answer };
        running.add(check);
        signal.addEventListener('abort', () => {
          running.delete(check);
          reject(new Error('aborted'));
        });
      });
    const [isProven, isSuspect, anew] = [random(3) === 0, random(3) === 0, random(5) === 0];
    const request = { key: `${login} ${key}`, login, networks: networksOf(ip), isProven, isSuspect, anew };
    added++;
    const count = () => settled++;
    queue.check({ ...request, hasLeft: () => random(4) === 0, run }).then(count, count);
  };

  for (let step = 0; step < 1500; step++) {
    add(ips[random(ips.length)] ?? '', `login ${random(300)}`, String(random(4)));
    if (random(3) > 0) [...running][random(running.size)]?.answer();
    if (random(20) === 0) {
      nowMs += 2000;
      time.pass(2000);
    }
    await settle();
    const notHanging = [...running].filter(({ sinceMs }) => nowMs - sinceMs < times.hangingAfterMs);
    expect(notHanging.length).toBeLessThanOrEqual(limits.total.running);
  }
  while (running.size > 0) {
    for (const { answer } of running) answer();
    await settle();
  }
  expect([settled, time.pending]).toEqual([added, 0]);
  for (let index = 0; index < 200; index++) add('203.0.113.1', `new login ${index}`, 'x');
  expect(running.size).toBeGreaterThanOrEqual(limits.address.running);
  await settle();
  queue.close();
  await settle();
  expect([settled, running.size]).toEqual([added, 0]);
});
