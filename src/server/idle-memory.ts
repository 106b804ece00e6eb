import type { Logger } from 'pino';

/** How often the server looks whether it is idle, and when it looks for the first time, in ms. */
const [checkMs, firstCheckMs] = [60_000, 3_000];
/** It is idle when its event loop has worked for at most this part of the time since. */
const maxUtilization = 0.05;
/** Memory is released when there is at least so many times as much as after the last release. */
const minGrowth = 1.25;

/** The process of a server. */
export interface WatchedProcess {
  /** The part of the time since the last call, or since its creation, in which the event loop has worked, 0 to 1. */
  utilization(): number;
  residentBytes(): number;
  /** Collects garbage, and returns free memory to the operating system. */
  releaseMemory(): Promise<void>;
}

/**
 * Releases the memory of a server that is idle (docs/adr/0047-memory-at-rest.md): V8 collects garbage only while a
 * program allocates, so the memory that a start or many requests needed would stay with the process.
 */
export class IdleMemory {
  #releasedTo = 0;

  constructor(
    private readonly server: WatchedProcess,
    private readonly logger: Pick<Logger, 'debug'>,
  ) {}

  /** Checks regularly, until the process ends. */
  watch(): void {
    this.checkIn(firstCheckMs);
  }

  private checkIn(ms: number): void {
    const check = () => {
      this.releaseIfIdle().then(
        () => {
          this.checkIn(checkMs);
        },
        // A Node.js without an inspector.
        (error: unknown) => {
          this.logger.debug({ err: error }, 'Memory cannot be released');
        },
      );
    };
    setTimeout(check, ms).unref();
  }

  /** @throws what `releaseMemory` throws */
  async releaseIfIdle(): Promise<void> {
    const utilization = this.server.utilization();
    const before = this.server.residentBytes();
    if (utilization > maxUtilization || before < this.#releasedTo * minGrowth) return;
    await this.server.releaseMemory();
    this.#releasedTo = this.server.residentBytes();
    this.logger.debug({ from: toMegabytes(before), to: toMegabytes(this.#releasedTo) }, 'Memory released, in MB');
  }
}

/** The process in which this runs. */
export class OwnProcess implements WatchedProcess {
  #last = performance.eventLoopUtilization();

  utilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return utilization;
  }

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  /** `gc` of `--expose-gc` returns no memory on Node.js 20; the command of the inspector does on all versions. */
  async releaseMemory(): Promise<void> {
    const { Session } = await import('node:inspector');
    const session = new Session();
    session.connect();
    await new Promise<void>((resolve, reject) => {
      session.post('HeapProfiler.collectGarbage', (error) => {
        // V8 holds a lock while it calls back, which the end of the session takes, too: it would wait for itself.
        setImmediate(() => {
          session.disconnect();
          if (error) reject(error);
          else resolve();
        });
      });
    });
  }
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
