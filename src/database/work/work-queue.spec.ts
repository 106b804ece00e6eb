import { waitUntil } from '../../../test/support/run/wait-until.js';
import { DatabaseBusyError, DatabaseUnavailableError } from '../database.errors.js';
import { WorkQueue, type Work, type WorkLimits } from './work-queue.js';

const limits: WorkLimits = { capacity: 4, maxPerCaller: 3, maxPerSession: 2, maxWaiting: 10 };

/** A queue whose work is described by the caller and the session: `a/1` is of the caller `a` in the session `1`. */
class Scene {
  readonly started: string[] = [];
  readonly parked: string[] = [];
  readonly failed: { name: string; error: unknown }[] = [];
  readonly #releases = new Map<string, () => void>();
  readonly #queue: WorkQueue;

  constructor(changes: Partial<WorkLimits> = {}) {
    this.#queue = new WorkQueue({ ...limits, ...changes });
  }

  async add(name: string, more: Partial<Work> = {}): Promise<void> {
    const [caller = '', session] = name.replace(/#.*/, '').split('/');
    const work = {
      ...{ caller, session, deadline: performance.now() + 60_000 },
      hasLeft: () => false,
      park: () => this.parked.push(name),
      ...more,
    };
    const acquired = (async () => this.#queue.acquire(work))();
    void acquired.then(
      (release) => {
        this.started.push(name);
        this.#releases.set(name, release);
      },
      (error: unknown) => this.failed.push({ name, error }),
    );
    await settled();
  }

  get load() {
    return this.#queue.load;
  }

  async release(name: string): Promise<void> {
    this.#releases.get(name)?.();
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('WorkQueue', () => {
  it('starts work at once while there is a place, and the next when one is given back', async () => {
    const scene = new Scene({ capacity: 2 });
    for (const name of ['a', 'b', 'c', 'd']) await scene.add(name);
    expect(scene.started).toEqual(['a', 'b']);
    await scene.release('a');
    expect(scene.started).toEqual(['a', 'b', 'c']);
    // A place is given back once.
    await scene.release('a');
    expect(scene.started).toEqual(['a', 'b', 'c']);
    await scene.release('b');
    expect(scene.started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives callers turns, however much one of them has sent', async () => {
    const scene = new Scene({ capacity: 1 });
    for (const name of ['a#1', 'a#2', 'a#3', 'b#1', 'c#1', 'b#2']) await scene.add(name);
    for (const name of ['a#1', 'a#2', 'b#1', 'c#1', 'a#3', 'b#2']) await scene.release(name);
    expect(scene.started).toEqual(['a#1', 'a#2', 'b#1', 'c#1', 'a#3', 'b#2']);
  });

  it('leaves places for other callers', async () => {
    const scene = new Scene();
    for (const name of ['a#1', 'a#2', 'a#3', 'a#4', 'b']) await scene.add(name);
    expect(scene.started).toEqual(['a#1', 'a#2', 'a#3', 'b']);
    await scene.release('b');
    expect(scene.started).not.toContain('a#4');
    await scene.release('a#1');
    expect(scene.started).toContain('a#4');
  });

  it('leaves places for other sessions of the caller', async () => {
    const scene = new Scene();
    for (const name of ['a/1#1', 'a/1#2', 'a/1#3', 'a/2', 'b/1']) await scene.add(name);
    expect(scene.started).toEqual(['a/1#1', 'a/1#2', 'a/2', 'b/1']);
    await scene.release('b/1');
    expect(scene.started).not.toContain('a/1#3');
    await scene.release('a/1#2');
    expect(scene.started).toContain('a/1#3');
  });

  it('keeps the order of a caller', async () => {
    const scene = new Scene({ capacity: 2, maxPerCaller: 1 });
    for (const name of ['a#1', 'a#2', 'a#3']) await scene.add(name);
    await scene.release('a#1');
    await scene.add('a#4');
    await scene.release('a#2');
    await scene.release('a#3');
    expect(scene.started).toEqual(['a#1', 'a#2', 'a#3', 'a#4']);
  });

  it('refuses work when the queue is full', async () => {
    const scene = new Scene({ capacity: 1, maxWaiting: 1 });
    for (const name of ['a', 'b', 'c']) await scene.add(name);
    expect(scene.failed).toEqual([{ name: 'c', error: expect.any(DatabaseUnavailableError) as unknown }]);
    await scene.release('a');
    await scene.add('d');
    await scene.release('b');
    expect(scene.started).toEqual(['a', 'b', 'd']);
  });

  it('refuses the newest work of the caller with most when the queue is full', async () => {
    const scene = new Scene({ capacity: 1, maxWaiting: 3 });
    for (const name of ['x', 'a#1', 'a#2', 'b#1', 'c#1', 'a#3']) await scene.add(name);
    expect(scene.failed.map(({ name }) => name)).toEqual(['a#2', 'a#3']);
    for (const name of ['x', 'a#1', 'b#1']) await scene.release(name);
    expect(scene.started).toEqual(['x', 'a#1', 'b#1', 'c#1']);
  });

  it('tells work that must wait for other work of its caller or its session, and no other', async () => {
    const scene = new Scene();
    for (const name of ['a/1#1', 'a/1#2', 'a/1#3', 'a/2', 'a/3', 'b', 'c']) await scene.add(name);
    expect(scene.started).toEqual(['a/1#1', 'a/1#2', 'a/2', 'b']);
    expect(scene.parked).toEqual(['a/1#3', 'a/3']);
  });

  it('does not start work whose caller has left while it waited', async () => {
    const scene = new Scene({ capacity: 1 });
    await scene.add('a');
    await scene.add('b', { hasLeft: () => true });
    await scene.add('c');
    await scene.release('a');
    expect(scene.started).toEqual(['a', 'c']);
    expect(scene.failed).toEqual([{ name: 'b', error: expect.any(DatabaseBusyError) as unknown }]);
  });

  it('tells how much runs and how much waits', async () => {
    const scene = new Scene({ capacity: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await scene.add(name);
    expect(scene.load).toEqual({ running: 2, waiting: 3 });
    for (const name of ['a', 'b', 'c', 'd']) await scene.release(name);
    expect(scene.load).toEqual({ running: 1, waiting: 0 });
  });

  it('starts work that needs not wait also when its caller has left', async () => {
    const scene = new Scene();
    await scene.add('a', { hasLeft: () => true });
    expect(scene.started).toEqual(['a']);
  });

  it('ends the wait at the deadline, and goes on with the others', async () => {
    const scene = new Scene({ capacity: 1 });
    await scene.add('a');
    await scene.add('b', { deadline: performance.now() + 5 });
    await scene.add('c');
    await waitUntil(() => scene.failed.length > 0, 5000, 'the deadline');
    expect(scene.failed).toEqual([{ name: 'b', error: expect.any(DatabaseBusyError) as unknown }]);
    await scene.release('a');
    expect(scene.started).toEqual(['a', 'c']);
  });
});
