import { AsyncResource } from 'node:async_hooks';
import { Counts } from '../../common/counts.js';
import { WaitingByCaller } from '../../common/waiting-by-caller.js';

export interface AdmissionLimits {
  /** How many requests are admitted at the same time. */
  maxAdmitted: number;
  /** How many wait. */
  maxWaiting: number;
  /** How long each waits, in ms. */
  maxWaitMs: number;
  /** How many are admitted in one turn of the event loop, so that answers of the database need not wait for long. */
  maxPerTurn: number;
}

/** A request that asks for admission. */
export interface Applicant {
  caller: string;
  /** Whether nobody waits for the response any more. */
  hasLeft: () => boolean;
  admit: (admission: Admission) => void;
  refuse: () => void;
}

/** The clock and the turns of the event loop. */
export interface Loop {
  /** In ms. */
  now: () => number;
  after: (ms: number, work: () => void) => void;
  nextTurn: (work: () => void) => void;
}

const systemLoop: Loop = {
  now: () => performance.now(),
  after: (ms, work) => void setTimeout(work, ms).unref(),
  nextTurn: (work) => void setImmediate(work),
};

interface Waiting extends Applicant {
  since: number;
}

/** The place of a request that was admitted. */
export interface Admission {
  /** How long the request has waited for it, in ms. */
  readonly waitedMs: number;
  /** Gives the place to others, but goes on counting for this caller: the request waits for others of its caller. */
  park(caller: string): void;
  /** Gives the place back, once. */
  end(): void;
}

/**
 * The queue in front of the server: a bounded number of requests is worked on at the same time, and the others wait before
 * anything is done for them. Callers take turns. One of them has fewer places than are free, so that with one greedy caller
 * half of the places stay free for others, and with four of them a fifth.
 *
 * A request that has waited too long is refused. Refusals at once would be repeated at once: each costs little, but
 * thousands a second leave no time for anything else (docs/adr/0030-admission.md).
 */
export class AdmissionQueue {
  /** How many places, parked ones too, each caller has. */
  readonly #held = new Counts();
  readonly #waiting = new WaitingByCaller<Waiting>();
  /** Requests are admitted in the context in which they come, which is that of no request, not of the one that makes place. */
  readonly #context = new AsyncResource('AdmissionQueue');
  #admittedCount = 0;
  #admittedInTurn = 0;
  #isTurnExpected = false;
  #isTimerRunning = false;

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly loop: Loop = systemLoop,
  ) {}

  /** Admits the request now or later, or refuses it; neither when its caller leaves meanwhile. */
  enter(applicant: Applicant): void {
    const { caller } = applicant;
    // Not before requests that wait, whose turn may have come.
    if (this.#waiting.size === 0 && this.mayAdmit(caller)) this.admit(applicant, 0);
    else if (this.#waiting.size < this.limits.maxWaiting || this.refuseOneOfMore(caller)) this.wait(applicant);
    else applicant.refuse();
  }

  private wait(applicant: Applicant): void {
    this.#waiting.add({ ...applicant, since: this.loop.now() });
    this.expectTurn();
    this.startTimer();
  }

  /** Refuses the newest request of a caller with more of them. @returns false when there is none */
  private refuseOneOfMore(caller: string): boolean {
    const newest = this.#waiting.newestOfOneWithMore(caller);
    if (newest) this.refuse(newest);
    return newest !== undefined;
  }

  private refuse(waiting: Waiting): void {
    this.#waiting.remove(waiting);
    waiting.refuse();
  }

  private get freeCount(): number {
    return this.limits.maxAdmitted - this.#admittedCount;
  }

  private mayAdmit(caller: string): boolean {
    return this.#admittedInTurn < this.limits.maxPerTurn && this.#held.of(caller) < this.freeCount;
  }

  private admit({ caller, admit }: Applicant, waitedMs: number): void {
    this.#admittedInTurn++;
    this.#admittedCount++;
    this.hold(caller, 1);
    this.expectTurn();
    admit(new Place(this, caller, waitedMs));
  }

  /** Counts a place for the caller, or no longer. */
  hold(caller: string, change: 1 | -1): void {
    this.#held.change(caller, change);
    if (this.#waiting.size > 0) this.expectTurn();
  }

  /** Gives a place to others. */
  free(): void {
    this.#admittedCount--;
  }

  private expectTurn(): void {
    if (this.#isTurnExpected) return;
    this.#isTurnExpected = true;
    this.#context.runInAsyncScope(() => {
      this.loop.nextTurn(this.#beginTurn);
    });
  }

  readonly #beginTurn = (): void => {
    this.#isTurnExpected = false;
    this.#admittedInTurn = 0;
    this.admitWaiting();
  };

  /** Admits as many waiting requests as fit. A caller whose request was admitted comes to the end of the iteration. */
  private admitWaiting(): void {
    for (const [caller, [first]] of this.#waiting) {
      if (this.freeCount <= 0 || this.#admittedInTurn === this.limits.maxPerTurn) return;
      if (!first || !this.mayAdmit(caller)) continue;
      this.#waiting.remove(first);
      this.#waiting.endTurn(caller);
      if (!first.hasLeft()) this.admit(first, this.loop.now() - first.since);
    }
  }

  private startTimer(): void {
    if (this.#isTimerRunning) return;
    this.#isTimerRunning = true;
    this.#context.runInAsyncScope(() => {
      this.loop.after(Math.max(1, this.limits.maxWaitMs / 10), () => {
        this.#isTimerRunning = false;
        this.refuseLate();
        if (this.#waiting.size > 0) this.startTimer();
      });
    });
  }

  private refuseLate(): void {
    const latest = this.loop.now() - this.limits.maxWaitMs;
    const all = [...this.#waiting].flatMap(([, waiting]) => waiting);
    for (const waiting of all) if (waiting.since <= latest) this.refuse(waiting);
  }
}

class Place implements Admission {
  #isParked = false;
  #hasEnded = false;

  constructor(
    private readonly queue: AdmissionQueue,
    private caller: string,
    readonly waitedMs: number,
  ) {}

  park(caller: string): void {
    if (this.#hasEnded || this.#isParked) return;
    this.#isParked = true;
    this.queue.free();
    this.queue.hold(this.caller, -1);
    this.queue.hold(caller, 1);
    this.caller = caller;
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!this.#isParked) this.queue.free();
    this.queue.hold(this.caller, -1);
  }
}
