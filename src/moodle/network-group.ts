import type { CheckState, Login, QueuedCheck } from './queued-check.js';

/** Upper bounds of the checks of a group in each state. */
export type GroupLimits = Readonly<Record<CheckState, number>>;

/** The part of the running checks that is reserved for logins that were valid recently. */
const reservedShare = 0.25;

/** Which logins may run a check. */
interface Allowed {
  proven: boolean;
  unproven: boolean;
}

/**
 * The checks of all callers, of a network, or of one address. The groups form a tree: a group lets its subgroups take
 * turns, and an address its logins.
 */
export class NetworkGroup {
  readonly count: Record<CheckState, number> = { waiting: 0, running: 0, hanging: 0 };
  /** True for an address with too many failed logins: it has no more than its share even when nobody else waits. */
  isSuspect = false;
  /** The checks of an address, in the order in which they came into this state. */
  readonly #checks: Record<CheckState, Set<QueuedCheck>> = {
    waiting: new Set(),
    running: new Set(),
    hanging: new Set(),
  };
  /** In the order of their turns. */
  readonly #subgroups = new Map<string, NetworkGroup>();
  #unprovenRunning = 0;
  /** The number of logins that could run a check now. */
  readonly #ready = { proven: 0, unproven: 0 };
  /** Those of an address, in the order of their turns. */
  readonly #provenReady = new Set<Login>();
  readonly #unprovenReady = new Set<Login>();

  constructor(
    readonly limits: GroupLimits,
    private readonly parent?: NetworkGroup,
    private readonly name = '',
  ) {}

  /** The subgroup of this name, which is created if there is none. */
  subgroup(name: string, limits: GroupLimits): NetworkGroup {
    const group = this.#subgroups.get(name) ?? new NetworkGroup(limits, this, name);
    this.#subgroups.set(name, group);
    return group;
  }

  /** This group and those that contain it. */
  *path(): Generator<NetworkGroup> {
    yield this;
    if (this.parent) yield* this.parent.path();
  }

  /** Adds a check of this address. */
  add(check: QueuedCheck, state: CheckState): void {
    this.#checks[state].add(check);
    for (const group of this.path()) group.changeCount(check, state, 1);
  }

  /** Removes it, and the groups that are empty then. */
  remove(check: QueuedCheck, state: CheckState): void {
    this.#checks[state].delete(check);
    for (const group of this.path()) {
      group.changeCount(check, state, -1);
      const { waiting, running, hanging } = group.count;
      if (group.parent && waiting + running + hanging === 0) group.parent.#subgroups.delete(group.name);
    }
  }

  /** The login may run its first waiting check, which is of this address. */
  addReady(login: Login, isProven: boolean): void {
    (isProven ? this.#provenReady : this.#unprovenReady).add(login);
    for (const group of this.path()) group.#ready[isProven ? 'proven' : 'unproven']++;
  }

  removeReady(login: Login): void {
    const wasProven = this.#provenReady.delete(login);
    if (!wasProven && !this.#unprovenReady.delete(login)) return;
    for (const group of this.path()) group.#ready[wasProven ? 'proven' : 'unproven']--;
  }

  /**
   * The login whose turn it is; undefined if none may run a check.
   * @param isAlone true if no login outside of this group is ready: the group then has twice its share
   */
  nextLogin(allowed: Allowed = { proven: true, unproven: true }, isAlone = false): Login | undefined {
    const here = this.allowedHere(allowed, isAlone);
    if (!here.proven && !here.unproven) return undefined;
    for (const [name, group] of this.#subgroups) {
      const login = group.nextLogin(here, (isAlone || !this.parent) && group.readyCount === this.readyCount);
      if (!login) continue;
      this.#subgroups.delete(name);
      this.#subgroups.set(name, group);
      return login;
    }
    const [proven] = here.proven ? this.#provenReady : [];
    const [unproven] = here.unproven ? this.#unprovenReady : [];
    return proven ?? unproven;
  }

  private allowedHere({ proven, unproven }: Allowed, isAlone: boolean): Allowed {
    const max = this.limits.running * (isAlone && !this.isSuspect ? 2 : 1);
    const { running } = this.count;
    const reserved = running - this.#unprovenRunning < this.limits.running * reservedShare;
    return {
      // The reserve holds also after a group had more than its share.
      proven: proven && this.#ready.proven > 0 && (running < max || reserved),
      unproven:
        unproven && this.#ready.unproven > 0 && running < max && this.#unprovenRunning < max * (1 - reservedShare),
    };
  }

  private get readyCount(): number {
    return this.#ready.proven + this.#ready.unproven;
  }

  /**
   * The check to refuse when there are too many in this state: one of the address that has most, if possible one whose
   * callers have left, otherwise the newest one of a login without a recent success.
   */
  excessCheck(state: CheckState): QueuedCheck | undefined {
    let largest: NetworkGroup | undefined;
    for (const group of this.#subgroups.values()) {
      if (!largest || group.count[state] > largest.count[state]) largest = group;
    }
    if (largest) return largest.excessCheck(state);
    const newestFirst = [...this.#checks[state]].reverse();
    return (
      newestFirst.find((check) => check.isAbandoned) ?? newestFirst.find((check) => !check.isProven) ?? newestFirst[0]
    );
  }

  private changeCount({ isProven }: QueuedCheck, state: CheckState, change: 1 | -1): void {
    this.count[state] += change;
    if (state === 'running' && !isProven) this.#unprovenRunning += change;
  }
}
