import { ModelMessage, pathTo, type Sent } from './message.js';
import { Refusal, messageNotFound } from './refusal.js';

/** What a client may say about a session. */
export interface SessionFields {
  title?: string;
  titleSource?: 'user' | 'generated';
  pinned?: boolean;
  archived?: boolean;
  metadata?: Record<string, string> | null;
}

/** Messages that were cleared together, and the end of their current branch. */
interface Cleared {
  messages: ModelMessage[];
  head: ModelMessage | undefined;
}

/** A session as it must be. */
export class ModelSession {
  title = 'New Chat';
  titleSource = 'default';
  pinned = false;
  archived = false;
  metadata: Record<string, string> = {};
  version = 1;
  isDeleted = false;
  /** Those that are not cleared, in the order of saving. */
  messages: ModelMessage[] = [];
  /** The end of the current branch. */
  head: ModelMessage | undefined;
  /** What can be restored, the newest last. */
  cleared: Cleared[] = [];
  lastSequence = 0;
  lastReadSequence = 0;
  /** Known from answers. */
  createdAt: string | undefined;
  lastActivityAt: string | undefined;

  /** @param id empty for one that the server chooses, until its answer is known */
  constructor(
    public id: string,
    fields: SessionFields = {},
  ) {
    this.begin(fields);
  }

  /** Those of all branches that are not in the trash. */
  get live(): ModelMessage[] {
    return this.messages.filter(({ deletion }) => deletion === undefined);
  }

  get branch(): ModelMessage[] {
    return pathTo(this.head);
  }

  get unreadCount(): number {
    return this.branch.filter(({ sequence }) => sequence > this.lastReadSequence).length;
  }

  get previewed(): ModelMessage | undefined {
    return this.branch.findLast(({ previewText }) => previewText !== '');
  }

  /** Every message that its row has, also those in the trash. */
  get all(): ModelMessage[] {
    return [...this.cleared.flatMap(({ messages }) => messages), ...this.messages];
  }

  siblingsOf({ parent }: ModelMessage): ModelMessage[] {
    return this.live.filter((other) => other.parent === parent);
  }

  find(id: string): ModelMessage {
    const found = this.live.find((message) => message.id === id);
    if (!found) throw messageNotFound();
    return found;
  }

  /** The fields of a new session. */
  begin({ title, titleSource = 'user', pinned = false, archived = false, metadata }: SessionFields): void {
    this.title = title ?? 'New Chat';
    this.titleSource = title === undefined ? 'default' : titleSource;
    Object.assign(this, { pinned, archived, metadata: metadata ?? {} });
  }

  /** The row of a deleted session is that of a new one; its messages stay in the trash. */
  renew(fields: SessionFields): void {
    this.hide();
    this.begin(fields);
    this.isDeleted = false;
    this.lastReadSequence = this.lastSequence;
    this.version++;
    this.createdAt = this.lastActivityAt = undefined;
  }

  /** Adds a message to the end of the current branch, or after another one. */
  add(sent: Sent, parent = this.head, revisionOf?: ModelMessage): ModelMessage {
    const message = new ModelMessage(this, ++this.lastSequence, sent, parent, revisionOf);
    this.messages.push(message);
    this.head = message;
    if (sent.role === 'user') this.lastReadSequence = message.sequence;
    return message;
  }

  /** Ends the current branch elsewhere, as clients with its version must learn. */
  moveTo(end: ModelMessage | undefined): void {
    if (this.head !== end) this.version++;
    this.head = end;
  }

  /** @returns whether another branch is the current one */
  choose(id: string): boolean {
    const through = this.live.find((message) => message.id === id);
    if (!through) throw new Refusal(422, 'validation_failed');
    const before = this.head;
    this.head = this.newestLeaf(through);
    return this.head !== before;
  }

  markRead(sequence: number): void {
    this.lastReadSequence = Math.max(this.lastReadSequence, Math.min(sequence, this.lastSequence));
  }

  /** Deletes a message with what follows from it. @param replies whether anything may follow */
  deleteMessage(id: string, replies: boolean, permanently: boolean): void {
    const root = this.find(id);
    const subtree = this.live.filter((message) => pathTo(message).includes(root));
    if (subtree.length > 1 && !replies) throw new Refusal(409, 'has_replies');
    const isCurrent = this.branch.includes(root);
    const deletion = {};
    for (const message of subtree) message.deletion = deletion;
    if (permanently) this.messages = this.messages.filter((message) => message.deletion !== deletion);
    // The current branch goes on with the newest other one from the same place.
    if (isCurrent) this.head = this.newestLeaf(root.parent);
    this.version++;
  }

  /** Restores a message with what was deleted together with it. */
  restoreMessage(id: string): void {
    const wanted = this.messages.find((message) => message.id === id);
    if (!wanted) throw messageNotFound();
    if (wanted.deletion === undefined) return;
    const restored = this.messages.filter(({ deletion }) => deletion === wanted.deletion);
    const parent = restored[0]?.parent;
    if (parent && !this.live.includes(parent)) throw new Refusal(409, 'parent_in_trash');
    for (const message of restored) message.deletion = undefined;
    if (this.head === parent) this.head = this.newestLeaf(restored[0]);
    this.version++;
  }

  /** @param from undefined for the beginning of the session */
  private newestLeaf(from: ModelMessage | undefined): ModelMessage | undefined {
    return this.live.findLast((leaf) => from === undefined || pathTo(leaf).includes(from));
  }

  /** @param permanently purges also what was deleted by itself */
  clear(permanently: boolean): void {
    const { length } = this.cleared;
    if (this.live.length > 0) this.version++;
    this.hide();
    if (!permanently) return;
    this.cleared.length = length;
    this.messages = [];
  }

  /** What was saved since continues what is restored. */
  restoreMessages(): void {
    const restored = this.cleared.pop();
    if (!restored) throw new Refusal(404, 'nothing_in_trash');
    for (const message of this.messages) message.parent ??= restored.head;
    this.messages = [...restored.messages, ...this.messages];
    this.head ??= restored.head;
    this.version++;
  }

  /** Returns a function that undoes what is saved until it is called. */
  undoLater(): () => void {
    const { head, lastSequence, lastReadSequence, version } = this;
    const messages = [...this.messages];
    return () => Object.assign(this, { head, lastSequence, lastReadSequence, version, messages });
  }

  private hide(): void {
    if (this.live.length === 0) return;
    this.cleared.push({ messages: this.messages, head: this.head });
    this.messages = [];
    this.head = undefined;
  }
}
