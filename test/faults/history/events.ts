/**
 * What became of a request: `ok` was acknowledged, `rejected` promised that nothing changed, `unknown` promised nothing
 * (no answer, or 503 `outcome_unknown`).
 */
export type Outcome = 'ok' | 'rejected' | 'unknown';

/** A request of a client with all its repetitions. Times are in ms of one clock. */
interface Request {
  owner: number;
  start: number;
  end: number;
  outcome: Outcome;
}

/** Where a message is saved that does not continue the current branch: as a version of another one, or after one. */
export type Place = { revises: string } | { follows: string };

/** A message, an edit, or another answer to a message. */
export interface Save extends Request {
  kind: 'save';
  /** The beginning of the content, which no other save has. */
  key: string;
  content: string;
  /** The session, if it was named or the answer has named it. */
  session: string | undefined;
  /** Whether the client has sent a timestamp. */
  stamped: boolean;
  /** Whether it is written in chunks: until the request has ended, there may be a beginning of it. */
  isStreamed: boolean;
  place: Place | undefined;
}

/** Shows the branch that runs through a message. */
export interface Switch extends Request {
  kind: 'switch';
  session: string;
  through: string;
}

export interface Creation extends Request {
  kind: 'create';
  session: string | undefined;
  title: string;
}

export interface Rename extends Request {
  kind: 'rename';
  session: string;
  title: string;
}

/** Everything that deletes messages of a session. */
export interface Removal extends Request {
  kind: 'clear' | 'delete';
  session: string;
}

/** Takes a session out of the trash, or the messages that were cleared last. */
export interface Restoration extends Request {
  kind: 'restore' | 'restoreMessages';
  session: string;
}

/** A whole list, read in pages. */
export interface Read extends Request {
  kind: 'read';
  /** Whether it has all branches; otherwise the current one. */
  isTree: boolean;
  session: string;
  contents: string[];
  /** The position of each message in the order of the list: must not decrease. */
  positions: number[];
}

export interface SessionList extends Request {
  kind: 'sessions';
  sessions: string[];
  active: string[];
}

export interface Activation extends Request {
  kind: 'activate';
  session: string;
}

export type Event = Save | Switch | Creation | Rename | Removal | Restoration | Read | SessionList | Activation;

/** From when on the request has no effect any more, if it ever had one. */
export function lastEffect({ outcome, end }: Request): number {
  return outcome === 'unknown' ? Infinity : end;
}

/** Whether a store that keeps its promises may have this content at that time, in ms. */
export function mayHaveContent(save: Save, content: string, at: number): boolean {
  return content === save.content || (save.isStreamed && at < lastEffect(save) && save.content.startsWith(content));
}

/** The key at the beginning of a content; the content itself if it has none. */
export function keyOf(content: string): string {
  return content.split(' ', 1)[0] ?? content;
}

/** The owner who has sent a content, by its key. */
export function senderOf(content: string): number {
  return Number(/^k(\d+)-/.exec(content)?.[1] ?? NaN);
}
