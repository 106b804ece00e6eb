import { UnauthenticatedError } from '../auth/auth.errors.js';
import { FakeTime } from '../../test/support/moodle/fake-time.js';
import { networksOf } from '../common/net.js';
import { CheckQueue, CheckRefusedError, limits, type CheckRequest } from './check-queue.js';
import type { Verdict } from './queued-check.js';

const times = { hangingAfterMs: 5000, maxWaitMs: 125_000 };
const verdict: Verdict = { owner: { userId: 3, activityId: 7 }, cmid: 12 };
/** How many checks of logins without a recent success run at a time, of all and of an address. */
const [unprovenOfAll, unprovenOfAddress] = [limits.total.running * 0.75, limits.address.running * 0.75];

/** A check that the test answers. */
interface Started {
  name: string;
  signal: AbortSignal;
  answer: (value: Verdict) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}

describe('the queue of checks', () => {
  let time: FakeTime;
  let queue: CheckQueue;
  let started: Started[];
  /** The outcomes of all checks by their names. */
  let outcomes: Map<string, Verdict | Error>;
  let lastId: number;

  beforeEach(() => {
    time = new FakeTime();
    queue = new CheckQueue(times, time.timer);
    started = [];
    outcomes = new Map();
    lastId = 0;
  });

  /** Lets promises settle. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  /** Adds a check of a new login. @returns its name */
  function add(ip: string, changes: Partial<CheckRequest> & { name?: string } = {}): string {
    const id = String(++lastId);
    const { name = id, ...request } = changes;
    const run = (signal: AbortSignal) =>
      new Promise<Verdict>((resolve, reject) => {
        const answer = async (value: Verdict) => {
          resolve(value);
          await settle();
        };
        const fail = async (error: Error) => {
          reject(error);
          await settle();
        };
        started.push({ name, signal, answer, fail });
      });
    const defaults = { key: id, login: id, isProven: false, isSuspect: false, anew: false, hasLeft: () => false };
    queue.check({ ...defaults, networks: networksOf(ip), run, ...request }).then(
      (value) => outcomes.set(name, value),
      (error: unknown) => outcomes.set(name, error as Error),
    );
    return name;
  }
  const addMany = (count: number, ip: string, changes: Partial<CheckRequest> = {}) =>
    Array.from({ length: count }, () => add(ip, changes));
  const names = () => started.map(({ name }) => name);
  const find = (name: string) => started.find((check) => check.name === name) ?? raise(name);
  const raise = (name: string): never => {
    throw new Error(`${name} was not started`);
  };
  /** Answers all started checks, and those that start then, until none is left. */
  async function answerAll(): Promise<void> {
    for (let check = started.shift(); check; check = started.shift()) await check.answer(verdict);
  }
  const refused = () =>
    [...outcomes].filter(([, outcome]) => outcome instanceof CheckRefusedError).map(([name]) => name);

  it('runs a check and returns its verdict or its error', async () => {
    const [good, bad] = [add('192.0.2.1'), add('192.0.2.1')];
    await find(good).answer(verdict);
    const error = new UnauthenticatedError();
    await find(bad).fail(error);
    expect([outcomes.get(good), outcomes.get(bad)]).toEqual([verdict, error]);
    expect(time.pending).toBe(0);
  });

  it('shares the run of identical checks, unless one asks anew', async () => {
    const same = { key: 'a', login: 'a' };
    const [first, second] = [add('192.0.2.1', same), add('192.0.2.1', same)];
    const [anew, alsoAnew] = [add('192.0.2.1', { ...same, anew: true }), add('192.0.2.1', { ...same, anew: true })];
    expect(names()).toEqual([first]);
    await find(first).answer('no login');
    expect([outcomes.get(first), outcomes.get(second), outcomes.get(anew)]).toEqual([
      'no login',
      'no login',
      undefined,
    ]);
    const late = add('192.0.2.1', same);
    expect(names()).toEqual([first, anew]);
    await find(anew).answer(verdict);
    expect([anew, alsoAnew, late].map((name) => outcomes.get(name))).toEqual([verdict, verdict, verdict]);
    expect(started).toHaveLength(2);
  });

  it('runs the checks of a login one after the other, and the waiting ones occupy no capacity', async () => {
    const own = Array.from({ length: 10 }, (_, index) => add('192.0.2.1', { key: `a${index}`, login: 'a' }));
    const others = addMany(5, '192.0.2.1');
    expect(names()).toEqual([own[0], ...others]);
    await find(own[0] ?? '').answer(verdict);
    expect(names().at(-1)).toBe(own[1]);
    await answerAll();
    expect(outcomes.size).toBe(15);
  });

  it('refuses more than 16 waiting checks of one login, and only those', async () => {
    addMany(18, '192.0.2.1', { login: 'a' });
    add('192.0.2.1');
    await settle();
    expect(refused()).toEqual(['18']);
  });

  it('lets an address use twice its share when nobody else waits, and not beyond', async () => {
    addMany(100, '192.0.2.1');
    expect(started).toHaveLength(2 * unprovenOfAddress);
    addMany(100, '192.0.2.2');
    expect(started).toHaveLength(3 * unprovenOfAddress);
    await find('1').answer(verdict);
    // The first address has more than its share now that the second one waits.
    expect(started).toHaveLength(3 * unprovenOfAddress);
  });

  it('never gives more than its share to an address with too many failed logins', () => {
    addMany(100, '192.0.2.1', { isSuspect: true });
    expect(started).toHaveLength(unprovenOfAddress);
  });

  it('lets addresses take turns: who comes last does not wait for the floods before it', async () => {
    for (let host = 1; host <= 10; host++) addMany(100, `192.0.2.${host}`);
    expect(started).toHaveLength(unprovenOfAll);
    const late = add('192.0.2.99');
    for (const check of started.slice(0, 11)) await check.answer(verdict);
    expect(names()).toContain(late);
  });

  it('lets the logins of an address take turns: a flood of one login does not stop the others', async () => {
    addMany(unprovenOfAddress * 2, '192.0.2.1');
    addMany(15, '192.0.2.1', { login: '1' });
    const late = add('192.0.2.1');
    await find('1').answer(verdict);
    expect(names().at(-1)).toBe(late);
  });

  it('counts an IPv6 /56 as an address, and limits a /48 as a whole', async () => {
    addMany(50, '2001:db8:1:100::1');
    addMany(50, '2001:db8:1:1ff::2');
    expect(started).toHaveLength(2 * unprovenOfAddress);
    add('192.0.2.1');
    for (let net = 2; net < 100; net++) addMany(5, `2001:db8:1:${net.toString(16)}00::1`);
    // Nobody else waits for long: the /48 may have twice its share.
    expect(started).toHaveLength(unprovenOfAll);
    addMany(50, '192.0.2.2');
    const before = started.length;
    for (const check of started.slice(0, 26)) await check.answer(verdict);
    const later = started.slice(before).map(({ name }) => Number(name));
    // Of 26 free places the IPv4 address gets its share, since it takes turns with the whole /48.
    expect(later.filter((id) => id > lastId - 50)).toHaveLength(unprovenOfAddress);
  });

  it('reserves a quarter of the capacity, also of an address, for logins that were valid recently', () => {
    for (let host = 1; host <= 20; host++) addMany(20, `192.0.2.${host}`);
    expect(started).toHaveLength(unprovenOfAll);
    const proven = [add('192.0.2.1', { isProven: true }), add('192.0.2.200', { isProven: true })];
    expect(names().slice(-2)).toEqual(proven);
    addMany(100, '192.0.2.201', { isProven: true });
    expect(started).toHaveLength(limits.total.running);
  });

  it('lets logins that were valid recently go first within their address', async () => {
    addMany(100, '192.0.2.1', { isSuspect: true });
    const proven = addMany(20, '192.0.2.1', { isProven: true, isSuspect: true });
    expect(names().slice(unprovenOfAddress)).toEqual(proven.slice(0, limits.address.running - unprovenOfAddress));
    for (const check of started.slice(0, 16)) await check.answer(verdict);
    expect(names().slice(unprovenOfAddress, unprovenOfAddress + 20)).toEqual(proven);
  });

  it('frees the capacity of checks that hang, and answers them when Moodle does', async () => {
    const hanging = addMany(24, '192.0.2.1');
    const waiting = addMany(24, '192.0.2.1');
    time.pass(times.hangingAfterMs);
    expect(names()).toEqual([...hanging, ...waiting]);
    await find('1').answer(verdict);
    expect(outcomes.get('1')).toBe(verdict);
    expect(refused()).toEqual([]);
  });

  it('refuses checks that hang for too long, and aborts them', async () => {
    const name = add('192.0.2.1');
    const behind = add('192.0.2.1', { login: '1' });
    time.pass(60_000);
    time.pass(times.maxWaitMs - 60_001);
    expect(find(name).signal.aborted).toBe(false);
    time.pass(1);
    await settle();
    expect(refused()).toEqual([name, behind]);
    expect(outcomes.get(name)).toEqual(new CheckRefusedError('Moodle has not answered within MOODLE_LOCK_SECONDS'));
    expect(find(name).signal.aborted).toBe(true);
    expect(time.pending).toBe(0);
  });

  it('refuses the newest hanging checks of an address with too many, and none of other addresses', async () => {
    const proven = addMany(10, '192.0.2.1', { isProven: true });
    const elsewhere = addMany(10, '192.0.2.2');
    const flood = addMany(limits.address.hanging + 10, '192.0.2.1');
    for (let round = 0; round < 10; round++) time.pass(times.hangingAfterMs);
    await settle();
    expect(refused().sort()).toEqual(flood.slice(-20).sort());
    for (const name of [...proven, ...elsewhere]) expect(outcomes.has(name)).toBe(false);
  });

  it('limits the hanging checks of a /48 and of all, and refuses those of who has most', async () => {
    const single = add('192.0.2.1');
    for (let net = 0; net < 5; net++) addMany(60, `2001:db8:1:${net}00::1`);
    for (let round = 0; round < 10; round++) time.pass(times.hangingAfterMs);
    await settle();
    expect(refused()).toHaveLength(300 - limits.network.hanging);
    for (let net = 0; net < 10; net++) addMany(60, `198.51.100.${net}`);
    for (let round = 0; round < 14; round++) time.pass(times.hangingAfterMs);
    await settle();
    expect(outcomes.size).toBe(901 - limits.total.hanging);
    expect(outcomes.has(single)).toBe(false);
  });

  it('holds a class of 200 and more, and refuses the newest unproven checks of a flood', async () => {
    const flood = addMany(limits.address.waiting + 24 + 50, '192.0.2.1');
    await settle();
    expect(refused()).toEqual(flood.slice(-50));
    const proven = add('192.0.2.1', { isProven: true });
    const other = add('192.0.2.2');
    await answerAll();
    expect([outcomes.get(proven), outcomes.get(other)]).toEqual([verdict, verdict]);
    // One more had to make place.
    expect(refused()).toEqual([...flood.slice(-50), flood.at(-51)]);
  });

  it('limits what waits in total, at the cost of who has most', async () => {
    const few = addMany(20, '192.0.2.99');
    for (let host = 0; host < 4; host++) addMany(limits.address.waiting, `192.0.2.${host}`);
    await settle();
    expect(outcomes.size).toBe(4 * limits.address.waiting + 20 - unprovenOfAll - limits.total.waiting);
    expect(few.filter((name) => outcomes.has(name))).toEqual([]);
  });

  it('runs a check whose caller has left, but refuses it first when too many wait', async () => {
    addMany(24, '192.0.2.1');
    const gone = add('192.0.2.1', { key: 'x', hasLeft: () => true });
    const shared = add('192.0.2.1', { key: 'y', hasLeft: () => true });
    const sharing = add('192.0.2.1', { key: 'y' });
    addMany(limits.address.waiting - 1, '192.0.2.1');
    await answerAll();
    expect(refused()).toEqual([gone]);
    expect([outcomes.get(shared), outcomes.get(sharing)]).toEqual([verdict, verdict]);
    const left = add('192.0.2.1', { hasLeft: () => true });
    await answerAll();
    expect(outcomes.get(left)).toBe(verdict);
  });

  it('refuses everything when it is closed, and starts nothing more', async () => {
    addMany(30, '192.0.2.1');
    queue.close();
    await settle();
    expect(refused()).toHaveLength(30);
    expect(started).toHaveLength(24);
    expect(started.every(({ signal }) => signal.aborted)).toBe(true);
    expect(time.pending).toBe(0);
  });
});
