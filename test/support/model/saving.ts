import { textOf, type ModelMessage, type Sent } from './message.js';
import type { ModelOwner } from './owner.js';
import { Refusal, sessionNotFound } from './refusal.js';
import type { ModelSession } from './session.js';

/** A message that was saved now or, when it was sent before, then. */
export interface Saved {
  message: ModelMessage;
  replayed: boolean;
}

/** Messages with one timestamp among which a repeated one is looked for. */
const maxCandidates = 10;

/** What saving into a session makes. */
export function save(owner: ModelOwner, id: string, sent: Sent): Saved {
  const first = firstOf(owner, sent);
  const session = owner.live.find((one) => one.id === id);
  // In a session that is missing, the message may be in the trash with it.
  if (!session && first?.session.id !== id) throw sessionNotFound();
  if (first) return replay(owner, first, sent, id);
  return append(session, sent);
}

/** What saving into the active session makes. @param expectedId the session that must be active */
export function saveToActive(owner: ModelOwner, sent: Sent, expectedId?: string): Saved {
  const first = firstOf(owner, sent);
  if (first) return replay(owner, first, sent, expectedId);
  if (expectedId !== undefined && expectedId !== owner.active?.id) throw new Refusal(409, 'session_not_active');
  return append(owner.active ?? owner.create('', {}, true).session, sent);
}

/** What saving by a page of the plugin makes. */
export function saveByPage(owner: ModelOwner, id: string, sent: Sent): Saved {
  const first = firstOf(owner, sent);
  if (first?.session.id !== id) owner.assertSavable(id);
  if (first) return replay(owner, first, sent, id);
  const { session } = owner.create(id, {}, owner.active === undefined);
  const repeated = findRepeated(session, sent);
  return repeated ? { message: repeated, replayed: true } : append(session, sent);
}

/** What saving several messages makes: all of them or none. */
export function saveBatch(owner: ModelOwner, id: string, batch: Sent[]): Saved[] {
  const session = owner.find(id);
  const undo = session?.undoLater();
  try {
    return batch.map((sent) => {
      const first = firstOf(owner, sent);
      return first ? replay(owner, first, sent, id) : append(session?.isDeleted ? undefined : session, sent);
    });
  } catch (error) {
    undo?.();
    throw error;
  }
}

/** What an edit makes: another version, unless it is there already. */
export function revise(owner: ModelOwner, id: string, messageId: string, revision: Omit<Sent, 'role'>): Saved {
  const session = owner.get(id);
  const original = session.find(messageId);
  if (original.isWritten) throw new Refusal(409, 'message_in_progress');
  const sent = { ...revision, role: original.sent.role };
  const current = session.branch.find(({ revisionOf }) => revisionOf === original);
  const same = [original, current].find((one) => one && isSameContent(one, sent));
  if (same) return { message: same, replayed: true };
  session.moveTo(original.parent);
  return { message: session.add(sent, session.head, original), replayed: false };
}

function append(session: ModelSession | undefined, sent: Sent): Saved {
  if (!session) throw sessionNotFound();
  const { parentId } = sent;
  const parent = parentId === undefined ? session.head : session.live.find(({ id }) => id === parentId);
  if (parentId !== undefined && !parent) throw new Refusal(422, 'validation_failed');
  session.moveTo(parent);
  return { message: session.add(sent, parent), replayed: false };
}

function firstOf(owner: ModelOwner, { clientMessageId }: Sent): ModelMessage | undefined {
  return owner.messages.find(({ sent }) => clientMessageId !== undefined && sent.clientMessageId === clientMessageId);
}

/** @param id the session that the message must be in; undefined for any */
function replay(owner: ModelOwner, first: ModelMessage, sent: Sent, id: string | undefined): Saved {
  const isSame = (id === undefined || first.session.id === id) && isSameSent(first.sent, sent);
  if (!isSame) throw conflict();
  if (owner.isInTrash(first)) throw new Refusal(404, 'message_in_trash');
  return { message: first, replayed: true };
}

/** A time that is left out differs from nothing, and neither does a parent of a message that came complete. */
function isSameSent(first: Sent, again: Sent): boolean {
  const { timestamp = first.timestamp } = again;
  const parentId = first.status === 'in_progress' ? again.parentId : (again.parentId ?? first.parentId);
  return JSON.stringify(sorted(first)) === JSON.stringify(sorted({ ...again, timestamp, parentId }));
}

function sorted({ role, status = 'complete', timestamp, format, payload, parentId, ...sent }: Loose<Sent>) {
  return [role, textOf(sent as Sent), status, timestamp, format, payload, parentId];
}

type Loose<Fields> = { [Name in keyof Fields]?: Fields[Name] | undefined };

function isSameContent(message: ModelMessage, sent: Sent): boolean {
  const payloadsOf = ({ format, payload }: Sent) => JSON.stringify([format, payload]);
  return payloadsOf(message.sent) === payloadsOf(sent) && message.content === textOf(sent);
}

/** A message of a page without an id is the same as one with its time in the same session. */
function findRepeated(session: ModelSession, { role, content, timestamp, clientMessageId }: Sent) {
  if (timestamp === undefined || clientMessageId !== undefined) return undefined;
  const candidates = session.live.filter((one) => one.timestamp === Date.parse(timestamp)).slice(-maxCandidates);
  return candidates.find(
    (one) =>
      one.sent.clientMessageId === undefined &&
      one.sent.payload === undefined &&
      one.status === 'complete' &&
      one.sent.role === role &&
      one.content === content,
  );
}

const conflict = () => new Refusal(409, 'client_message_id_conflict');
