import { NetworkGroup } from './network-group.js';
import { Login, QueuedCheck, systemTimer, type CheckState, type Timer, type Verdict } from './queued-check.js';

export interface CheckRequest {
  /** Checks with the same key are identical, and share one run. */
  key: string;
  /** Checks of one login run one after the other. */
  login: string;
  /** The networks that contain the caller, the largest first: one for IPv4, /48 and /56 for IPv6. */
  networks: string[];
  /** True if the login was valid recently: it goes first, and may use the capacity that is reserved for such logins. */
  isProven: boolean;
  /** True if the address has had too many failed logins: it never has more than its share of the capacity. */
  isSuspect: boolean;
  /** True if a check that runs already must not be shared. */
  anew: boolean;
  /**
   * True if the caller has left. Its check runs all the same, because an old page gives up after 800 ms and loads again;
   * but it is the first to be refused when too many wait.
   */
  hasLeft: () => boolean;
  /** Asks Moodle, until it is aborted. */
  run: (signal: AbortSignal) => Promise<Verdict>;
}

export interface CheckTimes {
  /** A check that runs for longer hangs, and no longer occupies the capacity. In ms. */
  hangingAfterMs: number;
  /** Maximum time from the arrival of a check to its result, in ms. */
  maxWaitMs: number;
}

/** The check has no result: too many are waiting or hang, this one took too long, or the server stops. */
export class CheckRefusedError extends Error {}

/** Upper bounds. An address is an IPv4 address or an IPv6 /56 network, a network an IPv6 /48 network. */
export const limits = {
  total: { running: 64, waiting: 6000, hanging: 256 },
  network: { running: 32, waiting: 3000, hanging: 128 },
  address: { running: 16, waiting: 2000, hanging: 64 },
  waitingPerLogin: 16,
};

/**
 * The queue of all checks that ask Moodle. Networks, the addresses in them and the logins of an address take turns, and
 * each has a share of the capacity, so that no caller can keep others out. A check that hangs, because Moodle waits for
 * the lock of its session, leaves the capacity and counts for its address alone (docs/adr/0028-queue-of-checks.md).
 */
export class CheckQueue {
  readonly #root = new NetworkGroup(limits.total);
  readonly #logins = new Map<string, Login>();
  /** The newest check of each key. */
  readonly #checks = new Map<string, QueuedCheck>();
  /** All checks that have not ended. */
  readonly #open = new Set<QueuedCheck>();
  #isClosed = false;

  constructor(
    private readonly times: CheckTimes,
    private readonly timer: Timer = systemTimer,
  ) {}

  /** The result of the check. @throws CheckRefusedError, and what `run` throws */
  check(request: CheckRequest): Promise<Verdict> {
    const known = this.#checks.get(request.key);
    if (known && (known.state === 'waiting' || !request.anew)) {
      known.callers.push(request.hasLeft);
      return known.result;
    }
    const check = this.enqueue(request);
    if (check.login.waiting.size > limits.waitingPerLogin) this.refuse(check, 'too many checks of one login wait');
    this.refuseExcess(check.address, 'waiting');
    this.startChecks();
    return check.result;
  }

  /** Refuses all checks, and starts no more. */
  close(): void {
    this.#isClosed = true;
    for (const check of this.#open) this.refuse(check, 'the server stops');
  }

  private enqueue({ key, networks, isProven, isSuspect, hasLeft, run, ...request }: CheckRequest): QueuedCheck {
    const login = this.#logins.get(request.login) ?? new Login(request.login);
    this.#logins.set(login.key, login);
    const address = networks.reduce(
      (group, name, index) => group.subgroup(name, index < networks.length - 1 ? limits.network : limits.address),
      this.#root,
    );
    address.isSuspect = isSuspect;
    const check = new QueuedCheck(key, login, address, isProven, run, this.timer);
    check.callers.push(hasLeft);
    check.after(this.times.maxWaitMs, () => {
      this.refuse(check, 'Moodle has not answered within MOODLE_LOCK_SECONDS');
    });
    this.#checks.set(key, check);
    this.#open.add(check);
    login.waiting.add(check);
    address.add(check, 'waiting');
    updateReady(login);
    return check;
  }

  /** Starts as many checks as there is capacity for. */
  private startChecks(): void {
    if (this.#isClosed) return;
    for (let check = this.#root.nextLogin()?.ready; check; check = this.#root.nextLogin()?.ready) this.start(check);
  }

  private start(check: QueuedCheck): void {
    check.login.waiting.delete(check);
    check.login.current = check;
    this.move(check, 'running');
    updateReady(check.login);
    check.after(this.times.hangingAfterMs, () => {
      this.move(check, 'hanging');
      this.refuseExcess(check.address, 'hanging');
      this.startChecks();
    });
    const outcome = check.work(check.signal);
    const end = () => {
      this.end(check, outcome);
    };
    outcome.then(end, end);
  }

  private move(check: QueuedCheck, state: CheckState): void {
    const { address, state: last } = check;
    // First the addition, because a group without checks is removed.
    address.add(check, state);
    if (last !== 'ended') address.remove(check, last);
    check.state = state;
  }

  private refuseExcess(address: NetworkGroup, state: 'waiting' | 'hanging'): void {
    for (const group of address.path()) {
      while (group.count[state] > group.limits[state]) {
        const excess = group.excessCheck(state);
        if (!excess) break;
        this.refuse(excess, `too many checks are ${state}: Moodle does not answer fast enough`);
      }
    }
  }

  private refuse(check: QueuedCheck, reason: string): void {
    if (check.state !== 'ended') this.end(check, Promise.reject(new CheckRefusedError(reason)));
  }

  /** Ends the check. Its login may then run the next one. */
  private end(check: QueuedCheck, outcome: Promise<Verdict>): void {
    const { key, login, address, state } = check;
    if (state === 'ended') return;
    if (this.#checks.get(key) === check) this.#checks.delete(key);
    this.#open.delete(check);
    login.waiting.delete(check);
    if (login.current === check) login.current = undefined;
    updateReady(login);
    if (!login.current && login.waiting.size === 0) this.#logins.delete(login.key);
    address.remove(check, state);
    check.end(outcome);
    this.startChecks();
  }
}

/** Enters the login where its first waiting check is from, if it runs none. */
function updateReady(login: Login): void {
  const [first] = login.waiting;
  const ready = login.current ? undefined : first;
  if (login.ready === ready) return;
  login.ready?.address.removeReady(login);
  login.ready = ready;
  ready?.address.addReady(login, ready.isProven);
}
