/** A message of the model. */
export interface ModelMessage {
  id: string;
  content: string;
  parent: ModelMessage | undefined;
  revisionOf: string | null;
}

/** What a session's tree of messages must be, kept in memory. Messages are added in the order of saving. */
export class TreeModel {
  readonly messages: ModelMessage[] = [];
  head: ModelMessage | undefined;

  /** Adds a message, with which the current branch ends afterwards. */
  add(id: string, content: string, parent = this.head, revisionOf: string | null = null): void {
    this.head = { id, content, parent, revisionOf };
    this.messages.push(this.head);
  }

  /** Adds a version of a message. */
  revise(original: ModelMessage, id: string, content: string): void {
    this.head = { id, content, parent: original.parent, revisionOf: original.id };
    this.messages.push(this.head);
  }

  /** Goes on with the branch that runs through a message, to the newest message that follows from it. */
  choose(message: ModelMessage): void {
    this.head = this.messages.findLast((leaf) => pathTo(leaf).includes(message));
  }

  get branch(): ModelMessage[] {
    return pathTo(this.head);
  }

  siblingsOf({ parent }: ModelMessage): ModelMessage[] {
    return this.messages.filter((other) => other.parent === parent);
  }
}

/** The branch that ends with a message, from the beginning. */
export function pathTo(end: ModelMessage | undefined): ModelMessage[] {
  const path: ModelMessage[] = [];
  for (let message = end; message; message = message.parent) path.unshift(message);
  return path;
}
