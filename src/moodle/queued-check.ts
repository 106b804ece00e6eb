import type { Identity } from '../auth/credential-verifier.js';
import type { NetworkGroup } from './network-group.js';

/** What Moodle says of a login. */
export type Verdict = Identity | 'no login' | 'no access';

/** A check that hangs runs, but Moodle has not answered for a long time. */
export type CheckState = 'waiting' | 'running' | 'hanging';

/** Calls `work` after this time, in ms. @returns a function that cancels the call */
export type Timer = (ms: number, work: () => void) => () => void;

export const systemTimer: Timer = (ms, work) => {
  const timeout = setTimeout(work, ms);
  return () => {
    clearTimeout(timeout);
  };
};

/** A Moodle login. Moodle runs the requests of one PHP session one after the other, and so do its checks. */
export class Login {
  /** The check that runs or hangs. */
  current: QueuedCheck | undefined;
  readonly waiting = new Set<QueuedCheck>();
  /** The first waiting check, if it may run now. */
  ready: QueuedCheck | undefined;

  constructor(readonly key: string) {}
}

/** A check from its arrival to its end. */
export class QueuedCheck {
  state: CheckState | 'ended' = 'waiting';
  /** For each caller, whether it has left. */
  readonly callers: (() => boolean)[] = [];
  readonly result: Promise<Verdict>;
  readonly #abort = new AbortController();
  readonly #cancelTimers: (() => void)[] = [];
  #settle!: (outcome: Promise<Verdict>) => void;

  constructor(
    readonly key: string,
    readonly login: Login,
    /** The group of the caller's address. */
    readonly address: NetworkGroup,
    /** True if the login was valid recently. */
    readonly isProven: boolean,
    readonly work: (signal: AbortSignal) => Promise<Verdict>,
    private readonly timer: Timer,
  ) {
    this.result = new Promise((resolve) => (this.#settle = resolve));
    // A check in the background has no caller who handles this.
    this.result.catch(() => undefined);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True if all callers have left. */
  get isAbandoned(): boolean {
    return this.callers.every((hasLeft) => hasLeft());
  }

  /** Calls `work` after this time, in ms, unless the check ends before. */
  after(ms: number, work: () => void): void {
    this.#cancelTimers.push(this.timer(ms, work));
  }

  /** Answers the callers, and aborts what still runs. */
  end(outcome: Promise<Verdict>): void {
    this.state = 'ended';
    for (const cancel of this.#cancelTimers) cancel();
    this.#settle(outcome);
    this.#abort.abort();
  }
}
