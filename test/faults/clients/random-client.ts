import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, Outcome, Save } from '../history/events.js';
import type { ChatApi, Reply, SentMessage } from './chat-api.js';
import type { Random } from './random.js';

const weights = { save: 60, read: 12, sessions: 6, create: 5, rename: 5, activate: 5, clear: 3, delete: 3 };
/** The share of deletions that the client takes back at once. */
const shareOfRestored = 0.4;
/** How often each kind of request is made, in relation to the others. */
export type Weights = typeof weights;

const endings = [
  '',
  ' ',
  '\n',
  ' 🚀',
  ' \u200b',
  ' é',
  ' é',
  ' \u202eabc',
  " '; DROP TABLE x; --",
  ' \\',
  ' %00',
  ' 漢字🙂',
];
const roles = ['user', 'assistant', 'system'] as const;
const retryPauseMs = 50;

interface Situation {
  owner: number;
  /** Distinguishes the clients of all owners. */
  client: number;
  /** The sessions of the owner that its clients know; they share the list. */
  sessions: string[];
  random: Random;
  events: Event[];
  /** Ends the client after its current request. */
  signal: AbortSignal;
  now: () => number;
}

/** Does everything that an owner can do, at random, and records each request with its outcome. */
export class RandomClient {
  #count = 0;

  constructor(
    private readonly api: ChatApi,
    private readonly situation: Situation,
  ) {}

  async run(pauseMs = 0): Promise<void> {
    while (!this.situation.signal.aborted) {
      await this.step();
      await sleep(pauseMs);
    }
  }

  async step(): Promise<void> {
    const { random, sessions } = this.situation;
    const kind = sessions.length < 2 ? 'create' : random.weighted(weights);
    if (kind === 'create') return this.create();
    if (kind === 'sessions') return this.list();
    // The first sessions are used most, so that clients meet there.
    const session = sessions[Math.floor(sessions.length * random.next() ** 2)] ?? '';
    if (kind === 'save') return this.save(random.chance(0.1) ? undefined : session);
    if (kind === 'read') return this.read(session);
    if (kind === 'rename') {
      const title = this.newKey('title');
      await this.record(() => this.api.rename(session, title), { kind, session, title });
    } else if (kind === 'activate') {
      await this.record(() => this.api.activate(session), { kind, session });
    } else {
      await this.record(() => this.api[kind](session), { kind, session });
      if (kind === 'delete') this.forget(session);
      if (random.chance(shareOfRestored))
        await this.restore(kind === 'delete' ? 'restore' : 'restoreMessages', session);
    }
  }

  private async restore(kind: 'restore' | 'restoreMessages', session: string): Promise<void> {
    const send = () => this.api[kind]?.(session);
    if (!this.api[kind]) return;
    const { outcome } = await this.record(async () => (await send()) ?? { outcome: 'rejected' }, { kind, session });
    const { sessions } = this.situation;
    if (kind === 'restore' && outcome === 'ok' && !sessions.includes(session)) sessions.push(session);
  }

  private async create(): Promise<void> {
    const title = this.newKey('title');
    const { result } = await this.record(() => this.api.createSession(title), {
      kind: 'create',
      title,
      session: undefined as string | undefined,
    });
    if (result) this.situation.sessions.push(result.session);
  }

  private async list(): Promise<void> {
    const event = { kind: 'sessions' as const, sessions: [] as string[], active: [] as string[] };
    await this.record(async () => {
      const reply = await this.api.sessions();
      event.sessions = reply.result?.map(({ id }) => id) ?? [];
      event.active = reply.result?.filter(({ isActive }) => isActive).map(({ id }) => id) ?? [];
      return reply;
    }, event);
  }

  private async read(session: string): Promise<void> {
    const event = { kind: 'read' as const, session, contents: [] as string[], positions: [] as number[] };
    await this.record(async () => {
      const reply = await this.api.read(session, 1 + this.situation.random.below(20));
      event.contents = reply.result?.map(({ content }) => content) ?? [];
      event.positions = reply.result?.map(({ position }) => position) ?? [];
      return reply;
    }, event);
  }

  private async save(session: string | undefined): Promise<void> {
    const { random, owner, client } = this.situation;
    const key = this.newKey(`k${owner}`);
    const length = random.chance(0.02) ? 20_000 : random.below(200);
    const message: SentMessage = {
      role: random.pick(roles),
      content: `${key} ${'x'.repeat(length)}${random.pick(endings)}`,
      ...(random.chance(0.3) && { timestamp: Date.now() - random.below(5000) }),
      ...(random.chance(0.5) && { clientMessageId: `id-${client}-${this.#count}`, isStreamed: random.chance(0.3) }),
    };
    const { content, isStreamed = false } = message;
    const event = { kind: 'save' as const, key, content, session, stamped: 'timestamp' in message, isStreamed };
    const { result } = await this.record(() => this.api.save(session, message), event, 'clientMessageId' in message);
    if (result && !this.situation.sessions.includes(result.session)) this.situation.sessions.push(result.session);
  }

  /**
   * Sends the request, repeats it while its outcome is unknown if it `isRepeatable`, and records it. An answer completes
   * the session of the event.
   */
  private async record<Result>(
    send: () => Promise<Reply<Result>>,
    event: DistributiveOmit<Event, 'owner' | 'start' | 'end' | 'outcome'>,
    isRepeatable = false,
  ): Promise<Reply<Result>> {
    const { owner, events, now, signal } = this.situation;
    const start = now();
    let reply = await send();
    let outcome: Outcome = reply.outcome;
    while (reply.outcome === 'unknown' && isRepeatable && !signal.aborted) {
      await sleep(retryPauseMs);
      reply = await send();
      // A rejection promises nothing about the requests before it.
      outcome = reply.outcome === 'ok' ? 'ok' : 'unknown';
    }
    const session = (reply.result as Partial<Pick<Save, 'session'>> | undefined)?.session;
    const completed = { ...event, ...(session !== undefined && { session }) };
    events.push({ ...completed, owner, start, end: now(), outcome });
    return reply;
  }

  private forget(session: string): void {
    const { sessions } = this.situation;
    const index = sessions.indexOf(session);
    if (index !== -1) sessions.splice(index, 1);
  }

  private newKey(prefix: string): string {
    return `${prefix}-${this.situation.client}-${++this.#count}`;
  }
}

type DistributiveOmit<Union, Keys extends PropertyKey> = Union extends unknown ? Omit<Union, Keys> : never;
