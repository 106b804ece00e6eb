import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../test/support/run/wait-until.js';
import { IdleMemory, OwnProcess, type WatchedProcess } from './idle-memory.js';

const logger = { debug: () => undefined };

/** A process of whose memory one half is garbage. */
class FakeProcess implements WatchedProcess {
  releases = 0;
  load = 0;

  constructor(public bytes: number) {}

  utilization(): number {
    return this.load;
  }

  residentBytes(): number {
    return this.bytes;
  }

  releaseMemory(): Promise<void> {
    this.releases++;
    this.bytes /= 2;
    return Promise.resolve();
  }
}

describe('IdleMemory', () => {
  it('releases what the start has needed, and later only what has grown by a quarter', async () => {
    const server = new FakeProcess(200);
    const idle = new IdleMemory(server, logger);
    for (const [bytes, releases] of [
      [200, 1],
      [124, 1],
      [125, 2],
      [78, 2],
    ] as const) {
      server.bytes = bytes;
      await idle.releaseIfIdle();
      expect({ bytes, releases: server.releases }).toEqual({ bytes, releases });
    }
  });

  it('leaves a server alone that is at work', async () => {
    const server = new FakeProcess(200);
    const idle = new IdleMemory(server, logger);
    server.load = 0.06;
    await idle.releaseIfIdle();
    expect(server.releases).toBe(0);
    server.load = 0.05;
    await idle.releaseIfIdle();
    expect(server.releases).toBe(1);
  });

  it('checks regularly, and stops when memory cannot be released', async () => {
    jest.useFakeTimers();
    try {
      const [server, failing] = [new FakeProcess(200), new FakeProcess(200)];
      let attempts = 0;
      failing.releaseMemory = () => {
        attempts++;
        return Promise.reject(new Error('no inspector'));
      };
      const errors: unknown[] = [];
      new IdleMemory(server, logger).watch();
      new IdleMemory(failing, { debug: (context: unknown) => errors.push(context) }).watch();
      for (let check = 0; check < 3; check++) {
        server.bytes = 200;
        jest.advanceTimersByTime(check === 0 ? 3_000 : 60_000);
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
      expect([server.releases, attempts, errors.length]).toEqual([3, 1, 1]);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('OwnProcess', () => {
  const ownProcess = new OwnProcess();

  it('collects garbage, and knows its own size', async () => {
    const collected: string[] = [];
    const registry = new FinalizationRegistry((name: string) => collected.push(name));
    (() => {
      registry.register({ large: 'x'.repeat(1000) }, 'garbage');
    })();
    await ownProcess.releaseMemory();
    await waitUntil(() => collected.length > 0, 5000, 'the finalizer');
    expect(ownProcess.residentBytes()).toBeGreaterThan(10_000_000);
  });

  it('can be done again and again, also at the same time', async () => {
    for (let time = 0; time < 3; time++) {
      await Promise.all([ownProcess.releaseMemory(), ownProcess.releaseMemory()]);
    }
  });

  it('knows for which part of the time it has worked', async () => {
    ownProcess.utilization();
    const end = performance.now() + 50;
    while (performance.now() < end);
    await new Promise(setImmediate);
    expect(ownProcess.utilization()).toBeGreaterThan(0.5);
    await sleep(100);
    expect(ownProcess.utilization()).toBeLessThan(0.5);
  });
});
