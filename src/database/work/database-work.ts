import { setTimeout as sleep } from 'node:timers/promises';
import { EventCounts } from '../../common/event-counts.js';
import { requestStorage } from '../../common/request-context.js';
import { Tracer, type Span } from '../../common/tracer.js';
import type { DatabaseConfig } from '../../config/config.js';
import { DatabaseBusyError } from '../database.errors.js';
import { errorCode } from '../transactions/driver-errors.js';
import { retryTransient } from '../transactions/retry.js';
import { WorkQueue, type WorkLimits } from './work-queue.js';

/** What a trace calls the work: a statement of its own, several reads, or a transaction. */
export type WorkKind = 'statement' | 'read' | 'transaction';

/** Gives the work for a request its place among that for others, and a deadline. Commands have neither. */
export class DatabaseWork {
  readonly #queue: WorkQueue;

  /** @param deadlineMs for all work of a request together, from its first use of the database, in ms; the time that it has
   *   waited for admission is taken off */
  constructor(
    limits: WorkLimits,
    private readonly deadlineMs: number,
    private readonly events = new EventCounts(),
    private readonly tracer = new Tracer(),
    private readonly engine: DatabaseConfig['engine'] = 'sqlite',
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
  run<Result>(kind: WorkKind, attempt: (deadline: number) => Promise<Result>, session?: string): Promise<Result> {
    const run = (span: Span) => this.runIn(span, attempt, session);
    return this.tracer.trace(`database ${kind}`, run, { 'db.system.name': this.engine });
  }

  private runIn<Result>(
    span: Span,
    attempt: (deadline: number) => Promise<Result>,
    session: string | undefined,
  ): Promise<Result> {
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
        const place = this.#queue.acquire(work);
        const release = place instanceof Promise ? await waited(place, span) : place;
        try {
          return await attempt(deadline);
        } finally {
          release();
        }
      },
      async (ms, error) => {
        assertTimeLeft(deadline, ms);
        const code = errorCode(error) ?? 'unknown';
        this.events.retries.change(code, 1);
        span.fail(code);
        span.event('retry', { 'error.type': code });
        await sleep(ms);
      },
    );
  }
}

async function waited(place: Promise<() => void>, span: Span): Promise<() => void> {
  span.event('wait for a connection');
  const release = await place;
  span.event('have a connection');
  return release;
}

function assertTimeLeft(deadline: number, ms: number): void {
  if (performance.now() + ms >= deadline) throw new DatabaseBusyError();
}
