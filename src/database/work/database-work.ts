import { setTimeout as sleep } from 'node:timers/promises';
import { EventCounts } from '../../common/event-counts.js';
import { requestStorage } from '../../common/request-context.js';
import { DatabaseBusyError } from '../database.errors.js';
import { errorCode } from '../transactions/driver-errors.js';
import { retryTransient } from '../transactions/retry.js';
import { WorkQueue, type WorkLimits } from './work-queue.js';

/** Gives the work for a request its place among that for others, and a deadline. Commands have neither. */
export class DatabaseWork {
  readonly #queue: WorkQueue;

  /** @param deadlineMs for all work of a request together, from its first use of the database, in ms; the time that it has
   *   waited for admission is taken off */
  constructor(
    limits: WorkLimits,
    private readonly deadlineMs: number,
    private readonly events = new EventCounts(),
  ) {
    this.#queue = new WorkQueue(limits);
  }

  /** How many transactions and reads have a connection, and how many wait for one. */
  get load(): { running: number; waiting: number } {
    return this.#queue.load;
  }

  /**
   * Runs `attempt` when there is a place for it, and again when the database rolls it back. `attempt` gets the deadline on
   * the clock of `performance.now()`: Infinity outside requests.
   * @param session the session whose row `attempt` locks, if it locks one
   * @throws DatabaseBusyError after six attempts or at the deadline; DatabaseUnavailableError, also when the queue is full;
   *   and the other errors of `attempt`
   */
  run<Result>(attempt: (deadline: number) => Promise<Result>, session?: string): Promise<Result> {
    const request = requestStorage.getStore();
    if (!request) return retryTransient(() => attempt(Infinity));
    const deadline = (request.deadline ??= performance.now() + this.deadlineMs - request.waitedMs);
    const { caller } = request;
    const work = {
      caller,
      session,
      deadline,
      hasLeft: () => request.hasLeft,
      park: () => {
        request.park();
      },
    };
    return retryTransient(
      async () => {
        assertTimeLeft(deadline, 0);
        const release = await this.#queue.acquire(work);
        try {
          return await attempt(deadline);
        } finally {
          release();
        }
      },
      async (ms, error) => {
        assertTimeLeft(deadline, ms);
        this.events.retries.change(errorCode(error) ?? 'unknown', 1);
        await sleep(ms);
      },
    );
  }
}

function assertTimeLeft(deadline: number, ms: number): void {
  if (performance.now() + ms >= deadline) throw new DatabaseBusyError();
}
