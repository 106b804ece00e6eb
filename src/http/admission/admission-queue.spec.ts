import { AdmissionQueue, type Admission, type AdmissionLimits } from './admission-queue.js';

const limits: AdmissionLimits = { maxAdmitted: 8, maxWaiting: 100, maxWaitMs: 1000, maxPerTurn: 100 };

/** A queue with a clock and turns of its own. A request is named by its caller and a number: `a#1`. */
class Scene {
  readonly admitted: string[] = [];
  readonly refused: string[] = [];
  readonly left = new Set<string>();
  readonly #places = new Map<string, Admission>();
  readonly #queue: AdmissionQueue;
  #now = 0;
  #timers: { at: number; work: () => void }[] = [];
  #turns: (() => void)[] = [];

  constructor(changes: Partial<AdmissionLimits> = {}) {
    this.#queue = new AdmissionQueue(
      { ...limits, ...changes },
      {
        now: () => this.#now,
        after: (ms, work) => this.#timers.push({ at: this.#now + ms, work }),
        nextTurn: (work) => this.#turns.push(work),
      },
    );
  }

  add(...names: string[]): void {
    for (const name of names) {
      this.#queue.enter({
        caller: name.replace(/#.*/, ''),
        hasLeft: () => this.left.has(name),
        admit: (place) => {
          this.admitted.push(name);
          this.#places.set(name, place);
        },
        refuse: () => this.refused.push(name),
      });
    }
  }

  place(name: string): Admission {
    const place = this.#places.get(name);
    if (!place) throw new Error(`${name} was not admitted`);
    return place;
  }

  /** Ends the requests, and the turn of the event loop. */
  end(...names: string[]): void {
    for (const name of names) this.place(name).end();
    this.nextTurn();
  }

  nextTurn(): void {
    for (const work of this.#turns.splice(0)) work();
  }

  pass(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; this.#now++) {
      const due = this.#timers.filter(({ at }) => at <= this.#now);
      this.#timers = this.#timers.filter(({ at }) => at > this.#now);
      for (const { work } of due) work();
    }
  }
}

/** `a#1` to `a#count` */
const all = (caller: string, count: number) => Array.from({ length: count }, (_, index) => `${caller}#${index + 1}`);
const countOf = (names: string[], caller: string) => names.filter((name) => name.startsWith(`${caller}#`)).length;

describe('AdmissionQueue', () => {
  it('admits at once while there are places, and the next one when a place is given back', () => {
    const scene = new Scene({ maxAdmitted: 2 });
    scene.add('a', 'b', 'c', 'd');
    expect(scene.admitted).toEqual(['a', 'b']);
    scene.end('a');
    expect(scene.admitted).toEqual(['a', 'b', 'c']);
    // A place is given back once.
    scene.end('a');
    expect(scene.admitted).toEqual(['a', 'b', 'c']);
    scene.end('b', 'c');
    expect(scene.admitted).toEqual(['a', 'b', 'c', 'd']);
    expect(scene.refused).toEqual([]);
  });

  it('leaves half of the places to others than one caller, and a fifth to others than four', () => {
    const one = new Scene({ maxAdmitted: 40 });
    one.add(...all('a', 100));
    expect(one.admitted).toEqual(all('a', 20));
    one.add('b#1');
    one.nextTurn();
    expect(one.admitted.at(-1)).toBe('b#1');
    const four = new Scene({ maxAdmitted: 40 });
    for (let index = 1; index <= 100; index++) four.add(`a#${index}`, `b#${index}`, `c#${index}`, `d#${index}`);
    four.nextTurn();
    expect(four.admitted).toHaveLength(32);
    four.add(...all('e', 9).map((name) => name.replace('#', '')));
    four.nextTurn();
    expect(four.admitted.slice(32)).toEqual(all('e', 8).map((name) => name.replace('#', '')));
  });

  it('gives callers turns, however much one of them has sent', () => {
    const scene = new Scene({ maxAdmitted: 2 });
    scene.add('a#1', 'x#1', 'a#2', 'a#3', 'b#1', 'c#1', 'b#2');
    for (const name of ['a#1', 'x#1', 'a#2', 'b#1', 'c#1', 'a#3', 'b#2']) scene.end(name);
    expect(scene.admitted).toEqual(['a#1', 'x#1', 'a#2', 'b#1', 'c#1', 'a#3', 'b#2']);
  });

  it('does not let a request that comes in the same turn overtake those that wait', () => {
    const scene = new Scene({ maxAdmitted: 1 });
    scene.add('a#1', 'b#1');
    scene.place('a#1').end();
    scene.add('c#1');
    expect(scene.admitted).toEqual(['a#1']);
    scene.nextTurn();
    expect(scene.admitted).toEqual(['a#1', 'b#1']);
  });

  it('admits a bounded number in one turn of the event loop, and goes on in the next', () => {
    const scene = new Scene({ maxPerTurn: 2 });
    scene.add('a#1', 'b#1', 'c#1', 'd#1', 'e#1');
    expect(scene.admitted).toEqual(['a#1', 'b#1']);
    scene.nextTurn();
    expect(scene.admitted).toEqual(['a#1', 'b#1', 'c#1', 'd#1']);
    scene.nextTurn();
    expect(scene.admitted).toHaveLength(5);
    // The budget of a turn is not saved for the next one.
    scene.nextTurn();
    scene.add('f#1', 'g#1', 'h#1');
    expect(scene.admitted).toHaveLength(7);
  });

  it('refuses what has waited too long, whatever has come since', () => {
    const scene = new Scene({ maxAdmitted: 1 });
    scene.add('a#1', 'b#1');
    scene.pass(700);
    scene.add('c#1');
    scene.pass(299);
    expect(scene.refused).toEqual([]);
    // It looks ten times in this time.
    scene.pass(150);
    expect(scene.refused).toEqual(['b#1']);
    scene.end('a#1');
    expect(scene.admitted).toEqual(['a#1', 'c#1']);
    expect(scene.place('c#1').waitedMs).toBe(449);
    scene.pass(5000);
    expect(scene.refused).toEqual(['b#1']);
  });

  it('refuses a request of the caller with most when too many wait, the newest', () => {
    const scene = new Scene({ maxAdmitted: 1, maxWaiting: 3 });
    scene.add('x#1', 'a#1', 'a#2', 'b#1');
    scene.add('c#1');
    expect(scene.refused).toEqual(['a#2']);
    scene.add('a#3');
    expect(scene.refused).toEqual(['a#2', 'a#3']);
    for (const name of ['x#1', 'a#1', 'b#1']) scene.end(name);
    expect(scene.admitted).toEqual(['x#1', 'a#1', 'b#1', 'c#1']);
  });

  it('forgets requests whose callers have left', () => {
    const scene = new Scene({ maxAdmitted: 1 });
    scene.add('a#1', 'b#1', 'b#2', 'c#1');
    scene.left.add('b#1').add('b#2');
    scene.end('a#1');
    expect(scene.admitted).toEqual(['a#1', 'c#1']);
    expect(scene.refused).toEqual([]);
  });

  it('gives the place of a parked request to others than its caller', () => {
    const scene = new Scene({ maxAdmitted: 4 });
    scene.add(...all('address', 2), 'b#1');
    for (const name of all('address', 2)) scene.place(name).park('a');
    scene.add(...all('c', 2), ...all('a', 2));
    scene.nextTurn();
    // Three are admitted, and a caller with two parked ones needs three free places.
    expect(scene.admitted).toEqual(['address#1', 'address#2', 'b#1', 'c#1', 'c#2']);
    scene.end('address#1', 'address#2', 'b#1', 'c#1');
    expect(countOf(scene.admitted, 'a')).toBe(2);
  });
});
