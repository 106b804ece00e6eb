import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  BranchApi,
  ChatApi,
  ListedSession,
  ReadMessage,
  Reply,
  SavedMessage,
  SentMessage,
} from '../clients/chat-api.js';
import type { Random } from '../clients/random.js';
import type { Bug } from './model-bugs.js';
import { headOf, leavesOf, moveTo, root } from './model-branches.js';
import type { State, StoredMessage, StoredSession } from './state.js';

/** The share of the requests in which the bug shows. */
const bugShare = 0.2;

type ModelMessage = Omit<StoredMessage, 'bytes'> & { clientMessageId: string | undefined };
/** A message that an edit or an answer puts elsewhere than at the end of the branch. */
type PlacedMessage = Pick<SentMessage, 'content'> &
  Partial<SentMessage> & { parentId?: number | undefined; revisionOf?: number | null };
/** With the messages of each clear that was not taken back. */
type ModelSession = StoredSession & { isActive: boolean; cleared: ModelMessage[][] };

/** A store in memory that keeps every promise, except for one bug. */
export class ModelStore {
  readonly #sessions: ModelSession[] = [];
  readonly #trash: ModelSession[] = [];
  #messages: ModelMessage[] = [];
  #count = 0;
  #messageCount = 0;

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
      read: (session, pageSize) => this.read(owner, session, pageSize, 'branch'),
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
      branches: this.branchApi(owner),
    };
  }

  private branchApi(owner: number): BranchApi {
    return {
      edit: (session, id, content) => this.answer(() => this.edit(owner, session, Number(id), content)),
      answer: (session, id, message) =>
        this.answer(() => {
          const parent = this.rowOf(owner, session, Number(id));
          return parent && this.save(owner, session, { ...message, parentId: parent.id });
        }),
      switchTo: (session, id) => this.answer(() => this.switchTo(owner, session, Number(id))),
      readTree: (session, pageSize) => this.read(owner, session, pageSize, 'tree'),
    };
  }

  /** Answers after some turns of the event loop, in which other requests run; undefined means rejected. */
  private async answer<Result>(run: () => Result | undefined): Promise<Reply<Result>> {
    for (let turns = this.random.below(3); turns >= 0; turns--) await nextTurn();
    const result = run();
    for (let turns = this.random.below(3); turns >= 0; turns--) await nextTurn();
    return result === undefined ? { outcome: 'rejected' } : { outcome: 'ok', result };
  }

  private edit(owner: number, session: string, id: number, content: string): SavedMessage | undefined {
    const original = this.rowOf(owner, session, id);
    if (!original) return undefined;
    if (!this.hasBug('overwrites a message when it edits it')) {
      const parentId = original.parentId ?? root;
      return this.save(owner, session, { content, parentId, revisionOf: id });
    }
    original.content = content;
    return { session, id: String(id) };
  }

  private switchTo(owner: number, session: string, id: number): object | undefined {
    if (!this.rowOf(owner, session, id)) return undefined;
    const rows = this.rowsOf(owner, session);
    const leaves = leavesOf(rows, id);
    moveTo(rows, leaves.at(this.hasBug('shows the oldest end of a branch', 1) ? 0 : -1) ?? root);
    return {};
  }

  private save(owner: number, id: string | undefined, message: PlacedMessage): SavedMessage | undefined {
    const { timestamp, clientMessageId } = message;
    const losesChunk = message.isStreamed === true && this.hasBug('loses the last chunk of a message');
    const content = losesChunk ? message.content.slice(0, -1) : message.content;
    const first = this.#messages.find((row) => row.owner === owner && row.clientMessageId === clientMessageId);
    if (clientMessageId !== undefined && first) return { session: first.session, id: String(first.id) };
    const session = id === undefined ? this.activeOrNew(owner) : this.find(owner, id);
    if (!session) return undefined;
    const result = { session: session.id, id: String(++this.#messageCount) };
    if (this.hasBug('loses an acknowledged message')) return result;
    session.lastSequence++;
    if (!this.hasBug('does not count a message')) session.messageCount++;
    const others = this.rowsOf(owner, session.id);
    const newest = Math.max(0, ...others.map((row) => row.timestamp));
    const stamp = this.hasBug('stamps a message before an earlier one') ? newest - 1000 : Math.max(Date.now(), newest);
    const row: ModelMessage = {
      ...this.place(session, message),
      id: this.#messageCount,
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
      this.#messages.push({ ...row, id: ++this.#messageCount, sequence: ++session.lastSequence });
      session.messageCount++;
      session.contentBytes += Buffer.byteLength(row.content);
    }
    return this.hasBug('saves a message that it rejects') ? undefined : result;
  }

  /** Moves the branch to where the message is saved. */
  private place({ owner, id, cleared }: ModelSession, { parentId, revisionOf = null }: PlacedMessage) {
    const rows = this.rowsOf(owner, id);
    const head = headOf(rows);
    const isAtHead =
      parentId === undefined || (revisionOf === null && this.hasBug('saves an answer at the end of the branch'));
    let parent = isAtHead ? head : parentId;
    const keepsBranch = revisionOf !== null && this.hasBug('does not hide what follows an edited message');
    if (parent !== head && !keepsBranch) moveTo(rows, parent);
    const lastCleared = cleared.at(-1)?.at(-1)?.id ?? root;
    if (parent === root && this.hasBug('has a message follow one that was cleared', 1)) parent = lastCleared;
    const onBranch = !this.hasBug('does not end the branch with a message that it saves');
    return { parentId: parent, revisionOf, onBranch };
  }

  private async read(
    owner: number,
    id: string,
    pageSize: number,
    list: 'branch' | 'tree',
  ): Promise<Reply<ReadMessage[]>> {
    const lacksOthers = list === 'branch' || this.hasBug('leaves other branches out of the tree');
    const found: ReadMessage[] = [];
    const first =
      list === 'branch' && this.hasBug('lists a branch from its last edit on', 1) ? this.lastEdit(owner, id) : 0;
    for (let last = -Infinity; ;) {
      const { result: page } = await this.answer(() => {
        if (!this.find(owner, id)) return undefined;
        return this.rowsOf(owner, id)
          .filter(({ sequence, onBranch }) => sequence > Math.max(last, first) && (onBranch || !lacksOthers))
          .sort((one, other) => one.sequence - other.sequence)
          .slice(0, pageSize);
      });
      if (!page) return { outcome: 'rejected' };
      found.push(...page.map(({ id, content, sequence }) => ({ id: String(id), content, position: sequence })));
      if (page.length < pageSize) return { outcome: 'ok', result: found };
      last = page.at(-1)?.sequence ?? last;
      if (this.hasBug('skips a message between two pages')) last++;
      if (this.hasBug('repeats a message on the next page')) last -= 0.5;
    }
  }

  /** The sequence before the last edit on the branch; 0 without one. */
  private lastEdit(owner: number, session: string): number {
    const edits = this.rowsOf(owner, session).filter(({ onBranch, revisionOf }) => onBranch && revisionOf !== null);
    return Math.max(0, ...edits.map(({ sequence }) => sequence - 1));
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
    const mine = this.rowsOf(owner, id);
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
    if (!this.hasBug('has two beginnings after cleared messages are restored', 1)) {
      // An empty part of the trash has no end.
      const end = headOf(cleared);
      for (const row of this.rowsOf(owner, id)) if (row.parentId === root) row.parentId = end;
    }
    this.#messages.push(...cleared.slice(this.hasBug('restores all messages but one') ? 1 : 0));
    this.count(session);
    return {};
  }

  private count(session: ModelSession): void {
    const { owner, id } = session;
    const mine = this.rowsOf(owner, id);
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

  private rowOf(owner: number, session: string, id: number): ModelMessage | undefined {
    return this.rowsOf(owner, session).find((row) => row.id === id);
  }

  private rowsOf(owner: number, session: string): ModelMessage[] {
    return this.#messages.filter((row) => row.owner === owner && row.session === session);
  }

  private find(owner: number, id: string) {
    return this.#sessions.find((session) => session.owner === owner && session.id === id);
  }

  /** @param share 1 where the situation is rare */
  private hasBug(bug: Bug, share = bugShare): boolean {
    return bug === this.bug && this.random.chance(share);
  }
}
