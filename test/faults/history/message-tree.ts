import { rootParent } from '../../../src/branches/branch-rules.js';
import { groupBy } from './check-messages.js';
import { keyOf } from './events.js';
import type { StoredMessage } from './state.js';

/** The stored messages of one session, which follow from each other (docs/adr/0044-branches.md). */
export class MessageTree {
  /** In the order of saving. */
  readonly rows: StoredMessage[];
  readonly #byId: Map<number, StoredMessage>;
  readonly #byKey: Map<string, StoredMessage>;
  readonly #parents = new Map<number, number>();

  constructor(rows: StoredMessage[]) {
    this.rows = rows.toSorted((one, other) => one.sequence - other.sequence);
    this.#byId = new Map(rows.map((row) => [row.id, row]));
    this.#byKey = new Map(rows.map((row) => [keyOf(row.content), row]));
    let previous = rootParent;
    for (const { id, parentId } of this.rows) {
      this.#parents.set(id, parentId ?? previous);
      previous = id;
    }
  }

  get branch(): StoredMessage[] {
    return this.rows.filter(({ onBranch }) => onBranch);
  }

  /** @param id as clients know it, or as rows do */
  get(id: string | number): StoredMessage | undefined {
    return this.#byId.get(Number(id));
  }

  withKey(key: string): StoredMessage | undefined {
    return this.#byKey.get(key);
  }

  /** The id of the message that another one follows, or `rootParent`. */
  parentIdOf({ id }: StoredMessage): number {
    return this.#parents.get(id) ?? rootParent;
  }

  /** The messages from one back to the beginning of the session. */
  *path(from: StoredMessage | undefined): Generator<StoredMessage> {
    for (let message = from; message; message = this.parent(message)) yield message;
  }

  /** The newest message among one and those that follow from it, of those that were saved before a sequence. */
  newestLeaf(message: StoredMessage, before: number): StoredMessage {
    const ids = new Set([message.id]);
    let leaf = message;
    for (const row of this.rows) {
      if (row.sequence >= before) break;
      if (!ids.has(this.parentIdOf(row))) continue;
      ids.add(row.id);
      leaf = row;
    }
    return leaf;
  }

  /** A parent is saved before its children: a row that says otherwise has none, so that each path ends. */
  private parent(message: StoredMessage): StoredMessage | undefined {
    const parent = this.get(this.parentIdOf(message));
    return parent && parent.sequence < message.sequence ? parent : undefined;
  }
}

export type Trees = Map<string, MessageTree>;

/** The messages of each session; the keys are those of `placeOf`. */
export function treesOf(messages: StoredMessage[]): Trees {
  return new Map([...groupBy(messages, placeOf)].map(([place, rows]) => [place, new MessageTree(rows)]));
}

export function placeOf({ owner, session }: { owner: number; session: string | undefined }): string {
  return `${owner} ${session ?? ''}`;
}
