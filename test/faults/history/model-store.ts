import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChatApi, ListedSession, ReadMessage, Reply, SentMessage } from '../clients/chat-api.js';
import type { Random } from '../clients/random.js';
import type { State, StoredMessage, StoredSession } from './state.js';

/** The mistakes that the store can make, each now and then. */
export const bugs = [
  'loses an acknowledged message',
  'saves a message twice',
  'saves a message that it rejects',
  'assigns a lower sequence to a later message',
  'stamps a message before an earlier one',
  'trims a content',
  'loses the last chunk of a message',
  'saves into the chat of another owner',
  'activates a second session',
  'keeps the messages of a deleted session',
  'does not count a message',
  'does not count the bytes of a message',
  'forgets one message when it clears',
  'skips a message between two pages',
  'repeats a message on the next page',
  'restores all messages but one',
  'loses a rename',
] as const;
export type Bug = (typeof bugs)[number];

/** The share of the requests in which the bug shows. */
const bugShare = 0.2;

type ModelMessage = Omit<StoredMessage, 'bytes'> & { clientMessageId: string | undefined };
/** With the messages of each clear that was not taken back. */
type ModelSession = StoredSession & { isActive: boolean; cleared: ModelMessage[][] };

/** A store in memory that keeps every promise, except for one bug. */
export class ModelStore {
  readonly #sessions: ModelSession[] = [];
  readonly #trash: ModelSession[] = [];
  #messages: ModelMessage[] = [];
  #count = 0;

  constructor(
    private readonly random: Random,
    private readonly bug: Bug | undefined,
  ) {}

  get state(): State {
    return {
      messages: this.#messages.map((row) => ({ ...row, bytes: Buffer.byteLength(row.content) })),
      sessions: this.#sessions,
      active: this.#sessions.filter(({ isActive }) => isActive).map(({ owner, id }) => ({ owner, session: id })),
    };
  }

  api(owner: number): ChatApi {
    return {
      createSession: (title) =>
        this.answer(() => {
          const session = this.create(owner, title);
          this.activate(owner, session.id);
          return { session: session.id };
        }),
      save: (session, message) => this.answer(() => this.save(owner, session, message)),
      read: (session, pageSize) => this.read(owner, session, pageSize),
      sessions: () => this.answer((): ListedSession[] => this.#sessions.filter((session) => session.owner === owner)),
      rename: (id, title) =>
        this.answer(() => {
          const session = this.find(owner, id);
          if (session && !this.hasBug('loses a rename')) session.title = title;
          return session;
        }),
      activate: (id) => this.answer(() => this.find(owner, id) && this.activate(owner, id)),
      clear: (id) => this.answer(() => this.clear(owner, id)),
      delete: (id) => this.answer(() => this.delete(owner, id)),
      restore: (id) => this.answer(() => this.restore(owner, id)),
      restoreMessages: (id) => this.answer(() => this.restoreMessages(owner, id)),
    };
  }

  /** Answers after some turns of the event loop, in which other requests run; undefined means rejected. */
  private async answer<Result>(run: () => Result | undefined): Promise<Reply<Result>> {
    for (let turns = this.random.below(3); turns >= 0; turns--) await nextTurn();
    const result = run();
    for (let turns = this.random.below(3); turns >= 0; turns--) await nextTurn();
    return result === undefined ? { outcome: 'rejected' } : { outcome: 'ok', result };
  }

  private save(owner: number, id: string | undefined, message: SentMessage): { session: string } | undefined {
    const { timestamp, clientMessageId } = message;
    const losesChunk = message.isStreamed === true && this.hasBug('loses the last chunk of a message');
    const content = losesChunk ? message.content.slice(0, -1) : message.content;
    const first = this.#messages.find((row) => row.owner === owner && row.clientMessageId === clientMessageId);
    if (clientMessageId !== undefined && first) return { session: first.session };
    const session = id === undefined ? this.activeOrNew(owner) : this.find(owner, id);
    if (!session) return undefined;
    const result = { session: session.id };
    if (this.hasBug('loses an acknowledged message')) return result;
    session.lastSequence++;
    if (!this.hasBug('does not count a message')) session.messageCount++;
    const others = this.#messages.filter((row) => row.owner === owner && row.session === session.id);
    const newest = Math.max(0, ...others.map((row) => row.timestamp));
    const stamp = this.hasBug('stamps a message before an earlier one') ? newest - 1000 : Math.max(Date.now(), newest);
    const row = {
      owner: this.hasBug('saves into the chat of another owner') ? owner + 1 : owner,
      session: session.id,
      sequence: this.hasBug('assigns a lower sequence to a later message')
        ? session.lastSequence - 1.5
        : session.lastSequence,
      timestamp: timestamp ?? stamp,
      content: this.hasBug('trims a content') ? content.trimEnd() : content,
      clientMessageId,
    };
    this.#messages.push(row);
    if (!this.hasBug('does not count the bytes of a message')) session.contentBytes += Buffer.byteLength(row.content);
    if (this.hasBug('saves a message twice')) {
      this.#messages.push({ ...row, sequence: ++session.lastSequence });
      session.messageCount++;
      session.contentBytes += Buffer.byteLength(row.content);
    }
    return this.hasBug('saves a message that it rejects') ? undefined : result;
  }

  private async read(owner: number, id: string, pageSize: number): Promise<Reply<ReadMessage[]>> {
    const found: ReadMessage[] = [];
    for (let last = -Infinity; ;) {
      const { result: page } = await this.answer(() => {
        if (!this.find(owner, id)) return undefined;
        return this.#messages
          .filter((row) => row.owner === owner && row.session === id && row.sequence > last)
          .sort((one, other) => one.sequence - other.sequence)
          .slice(0, pageSize);
      });
      if (!page) return { outcome: 'rejected' };
      found.push(...page.map(({ content, sequence }) => ({ content, position: sequence })));
      if (page.length < pageSize) return { outcome: 'ok', result: found };
      last = page.at(-1)?.sequence ?? last;
      if (this.hasBug('skips a message between two pages')) last++;
      if (this.hasBug('repeats a message on the next page')) last -= 0.5;
    }
  }

  private create(owner: number, title: string) {
    const id = `s-${++this.#count}`;
    const counts = { messageCount: 0, contentBytes: 0, lastSequence: 0 };
    const session: ModelSession = { owner, id, title, ...counts, isActive: false, cleared: [] };
    this.#sessions.push(session);
    return session;
  }

  private activeOrNew(owner: number) {
    const active = this.#sessions.find((session) => session.owner === owner && session.isActive);
    if (active) return active;
    const session = this.create(owner, 'New Chat');
    this.activate(owner, session.id);
    return session;
  }

  private activate(owner: number, id: string): object {
    const keepsOthers = this.hasBug('activates a second session');
    for (const session of this.#sessions.filter((candidate) => candidate.owner === owner)) {
      session.isActive = session.id === id || (keepsOthers && session.isActive);
    }
    return {};
  }

  private clear(owner: number, id: string): object | undefined {
    const session = this.find(owner, id);
    if (!session) return undefined;
    const mine = this.#messages.filter((row) => row.owner === owner && row.session === id);
    const kept = this.hasBug('forgets one message when it clears') ? mine.slice(0, 1) : [];
    this.#messages = this.#messages.filter((row) => !mine.includes(row) || kept.includes(row));
    session.cleared.push(mine.filter((row) => !kept.includes(row)));
    this.count(session);
    return {};
  }

  private restoreMessages(owner: number, id: string): object | undefined {
    const session = this.find(owner, id);
    const cleared = session?.cleared.pop();
    if (!session || !cleared) return undefined;
    this.#messages.push(...cleared.slice(this.hasBug('restores all messages but one') ? 1 : 0));
    this.count(session);
    return {};
  }

  private count(session: ModelSession): void {
    const { owner, id } = session;
    const mine = this.#messages.filter((row) => row.owner === owner && row.session === id);
    session.messageCount = mine.length;
    session.contentBytes = mine.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  }

  private delete(owner: number, id: string): object | undefined {
    const session = this.find(owner, id);
    if (!session) return undefined;
    if (!this.hasBug('keeps the messages of a deleted session')) this.clear(owner, id);
    this.#sessions.splice(this.#sessions.indexOf(session), 1);
    this.#trash.push(session);
    return {};
  }

  private restore(owner: number, id: string): object | undefined {
    const session = this.#trash.findLast((trashed) => trashed.owner === owner && trashed.id === id);
    if (!session || this.find(owner, id)) return this.find(owner, id);
    this.#trash.splice(this.#trash.indexOf(session), 1);
    this.#sessions.push(Object.assign(session, { isActive: false }));
    return this.restoreMessages(owner, id) ?? {};
  }

  private find(owner: number, id: string) {
    return this.#sessions.find((session) => session.owner === owner && session.id === id);
  }

  private hasBug(bug: Bug): boolean {
    return bug === this.bug && this.random.chance(bugShare);
  }
}
