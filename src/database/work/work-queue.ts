import { Counts } from '../../common/counts.js';
import { deadlines } from '../../common/deadlines.js';
import { WaitingByCaller } from '../../common/waiting-by-caller.js';
import { DatabaseBusyError, DatabaseUnavailableError } from '../database.errors.js';

export interface WorkLimits {
  /** How much work runs at the same time: the size of the pool. */
  capacity: number;
  /** How much of it for one caller, and in one session of an owner. */
  maxPerCaller: number;
  maxPerSession: number;
  maxWaiting: number;
}

/** Work that needs a connection. */
export interface Work {
  caller: string;
  /** The session whose row it locks, if it locks one. */
  session: string | undefined;
  /** On the clock of `performance.now()`. */
  deadline: number;
  /** Whether nobody waits for the result any more. */
  hasLeft: () => boolean;
  /** Called when it must wait for other work of its caller or its session. */
  park: () => void;
}

interface Waiting {
  work: Work;
  caller: string;
  start: (release: () => void) => void;
  fail: (error: Error) => void;
  forgetDeadline: () => void;
}

/**
 * The queue in front of the connections to the database. Callers take turns, and one of them, or one session whose row
 * is locked, holds only a part of the connections. Work that had to wait does not begin after its deadline, or when its
 * caller has left.
 */
export class WorkQueue {
  readonly #running = new Counts();
  readonly #waiting = new WaitingByCaller<Waiting>();
  #runningCount = 0;

  constructor(private readonly limits: WorkLimits) {}

  get load(): { running: number; waiting: number } {
    return { running: this.#runningCount, waiting: this.#waiting.size };
  }

  /**
   * Takes a place if one is free, else waits for it: then returns a promise.
   * @returns the function that gives the place back; calls after the first have no effect
   * @throws DatabaseUnavailableError when the queue is full and no caller has more in it
   * @throws DatabaseBusyError at the deadline, or when the caller has left meanwhile
   */
  acquire(work: Work): (() => void) | Promise<() => void> {
    // No waiting work may start now: whatever gives back a place starts the next.
    if (!this.mayStart(work)) return this.wait(work);
    this.count(work, 1);
    return this.placeOf(work);
  }

  private placeOf(work: Work): () => void {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.count(work, -1);
      this.startNext();
    };
  }

  private wait(work: Work): Promise<() => void> {
    if (this.#waiting.size >= this.limits.maxWaiting) {
      const other = this.#waiting.newestOfOneWithMore(work.caller);
      if (!other) throw new DatabaseUnavailableError();
      this.leave(other, new DatabaseUnavailableError());
    }
    if (!this.isWithinShares(work)) work.park();
    return new Promise((resolve, reject) => {
      const forgetDeadline = deadlines.add(work.deadline, () => {
        this.leave(waiting, new DatabaseBusyError());
      });
      const waiting: Waiting = { work, caller: work.caller, start: resolve, fail: reject, forgetDeadline };
      this.#waiting.add(waiting);
    });
  }

  /** Starts as much waiting work as fits. */
  private startNext(): void {
    for (const [caller, waiting] of this.#waiting) {
      if (this.#runningCount >= this.limits.capacity) return;
      this.dropAbandoned(waiting);
      const next = waiting.find(({ work }) => this.mayStart(work));
      if (!next) continue;
      this.remove(next);
      this.count(next.work, 1);
      next.start(this.placeOf(next.work));
      this.#waiting.endTurn(caller);
    }
  }

  private dropAbandoned(waiting: Waiting[]): void {
    for (const one of waiting.filter(({ work }) => work.hasLeft())) this.leave(one, new DatabaseBusyError());
  }

  private leave(waiting: Waiting, error: Error): void {
    this.remove(waiting);
    waiting.fail(error);
  }

  private remove(waiting: Waiting): void {
    this.#waiting.remove(waiting);
    waiting.forgetDeadline();
  }

  private mayStart(work: Work): boolean {
    return this.#runningCount < this.limits.capacity && this.isWithinShares(work);
  }

  private isWithinShares(work: Work): boolean {
    const { maxPerCaller, maxPerSession } = this.limits;
    return (
      this.#running.of(work.caller) < maxPerCaller &&
      (work.session === undefined || this.#running.of(sessionKey(work)) < maxPerSession)
    );
  }

  private count(work: Work, change: 1 | -1): void {
    this.#runningCount += change;
    this.#running.change(work.caller, change);
    if (work.session !== undefined) this.#running.change(sessionKey(work), change);
  }
}

/** Callers have no line break in their key. */
function sessionKey({ caller, session = '' }: Work): string {
  return `${caller}\n${session}`;
}
