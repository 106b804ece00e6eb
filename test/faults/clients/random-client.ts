import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf, type Event, type Outcome, type Place, type Save } from '../history/events.js';
import type { BranchApi, ChatApi, ReadMessage, Reply, SavedMessage, SentMessage } from './chat-api.js';
import { KnownMessages } from './known-messages.js';
import { newContent, newMessage } from './new-message.js';
import type { Random } from './random.js';

const weights = {
  ...{ save: 60, read: 12, sessions: 6, create: 5, rename: 5, activate: 5, clear: 3, delete: 3 },
  ...{ edit: 9, answer: 9, switch: 9, readTree: 6 },
};
/** The share of deletions that the client takes back at once. */
const shareOfRestored = 0.4;
/** The share of these before which it saves a message, that then follows what is restored. */
const shareOfContinued = 0.3;
/** How often each kind of request is made, in relation to the others. */
export type Weights = typeof weights;

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
  readonly #known = new KnownMessages();

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
    if (kind === 'readTree') return this.readTree(session);
    if (kind === 'edit' || kind === 'answer' || kind === 'switch') return this.branch(kind, session);
    if (kind === 'rename') {
      const title = this.newKey('title');
      await this.record(() => this.api.rename(session, title), { kind, session, title });
    } else if (kind === 'activate') {
      await this.record(() => this.api.activate(session), { kind, session });
    } else {
      await this.record(() => this.api[kind](session), { kind, session });
      this.#known.forget(session);
      if (kind === 'delete') this.forget(session);
      if (!random.chance(shareOfRestored)) return;
      if (kind === 'clear' && random.chance(shareOfContinued)) await this.save(session);
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

  private read(session: string): Promise<void> {
    return this.readWith((pageSize) => this.api.read(session, pageSize), session, false);
  }

  private async readTree(session: string): Promise<void> {
    const { branches } = this.api;
    if (!branches) return this.read(session);
    await this.readWith((pageSize) => branches.readTree(session, pageSize), session, true);
  }

  private async readWith(
    send: (pageSize: number) => Promise<Reply<ReadMessage[]>>,
    session: string,
    isTree: boolean,
  ): Promise<void> {
    const event = { kind: 'read' as const, session, isTree, contents: [] as string[], positions: [] as number[] };
    const { result } = await this.record(async () => {
      const reply = await send(1 + this.situation.random.below(20));
      event.contents = reply.result?.map(({ content }) => content) ?? [];
      event.positions = reply.result?.map(({ position }) => position) ?? [];
      return reply;
    }, event);
    if (result)
      this.#known.replace(
        session,
        result.map(({ id }) => id),
      );
  }

  /** Does something that moves a current branch; saves into the session `otherwise` if that is not possible. */
  private async branch(kind: 'edit' | 'answer' | 'switch', otherwise: string): Promise<void> {
    const { branches } = this.api;
    const target = this.#known.pick(this.situation.sessions, this.situation.random);
    if (!branches || !target) return this.save(otherwise);
    const { session, id } = target;
    if (kind === 'switch') await this.record(() => branches.switchTo(session, id), { kind, session, through: id });
    else await this[kind](branches, session, id);
  }

  private edit(branches: BranchApi, session: string, id: string): Promise<Reply<SavedMessage>> {
    const { random, owner } = this.situation;
    const content = newContent(random, this.newKey(`k${owner}`));
    return this.recordSave(() => branches.edit(session, id, content), { content }, session, { revises: id });
  }

  private answer(branches: BranchApi, session: string, id: string): Promise<Reply<SavedMessage>> {
    const message = this.newMessage();
    return this.recordSave(() => branches.answer(session, id, message), message, session, { follows: id });
  }

  private async save(session: string | undefined): Promise<void> {
    const message = this.newMessage();
    const { result } = await this.recordSave(() => this.api.save(session, message), message, session);
    if (result && !this.situation.sessions.includes(result.session)) this.situation.sessions.push(result.session);
  }

  /** Only a message with a client message id is repeated. */
  private async recordSave(
    send: () => Promise<Reply<SavedMessage>>,
    message: Pick<SentMessage, 'content'> & Partial<SentMessage>,
    session: string | undefined,
    place?: Place,
  ): Promise<Reply<SavedMessage>> {
    const { content, isStreamed = false } = message;
    const flags = { stamped: 'timestamp' in message, isStreamed, place };
    const event = { kind: 'save' as const, key: keyOf(content), content, session, ...flags };
    const reply = await this.record(send, event, 'clientMessageId' in message);
    if (reply.result) this.#known.add(reply.result.session, reply.result.id);
    return reply;
  }

  private newMessage(): SentMessage {
    const { random, owner, client } = this.situation;
    const key = this.newKey(`k${owner}`);
    return newMessage(random, key, `id-${client}-${this.#count}`);
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
