import type { MessageDto } from '../../../src/messages/message.dto.js';
import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { expectStatus, type Answer } from '../rest/client.js';
import { byTime, type ModelMessage } from './message.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import { Refusal } from './refusal.js';
import type { ModelSession } from './session.js';

/** The body of an answer that must be what the model says: undefined for a refusal, whose code is compared. */
export function accepted<Body>(answer: Answer<Body>, outcome: unknown, status: number): Body | undefined {
  const { code, contentBytes } = (answer.body ?? {}) as { code?: string; contentBytes?: number };
  if (!(outcome instanceof Refusal)) {
    expect([answer.status, code]).toEqual([status, undefined]);
    return answer.body;
  }
  expect([answer.status, code]).toEqual([outcome.status, outcome.code]);
  if (outcome.contentBytes !== undefined) expect(contentBytes).toBe(outcome.contentBytes);
  return undefined;
}

/** Compares a session of an answer, and learns from it what only the server knows. */
export function compareSession(owner: ModelOwner, session: ModelSession, found: SessionDto): void {
  session.createdAt ??= found.createdAt;
  session.lastActivityAt ??= session.createdAt;
  const { modifiedAt: _, deletedAt, ...fields } = found;
  expect({ ...fields, isDeleted: deletedAt !== null }).toEqual(fieldsOf(owner, session));
}

function fieldsOf(owner: ModelOwner, session: ModelSession) {
  const { id, title, titleSource, pinned, archived, metadata, version, isDeleted, previewed } = session;
  const { unreadCount, lastReadSequence, createdAt, lastActivityAt } = session;
  return {
    ...{ id, title, titleSource, pinned, archived, metadata, version, isDeleted, unreadCount, lastReadSequence },
    ...{ createdAt, lastActivityAt },
    isActive: owner.active === session,
    messageCount: session.live.length,
    preview: previewed ? { text: previewed.previewText, role: previewed.sent.role, timestamp: isoOf(previewed) } : null,
  };
}

/** Compares a message of an answer, and learns its id and its time from it. */
export function compareMessage(message: ModelMessage, found: MessageDto): void {
  const { session, sent } = message;
  if (message.id === '') {
    message.id = found.id;
    message.createdAt = session.lastActivityAt = found.createdAt;
    if (session.id === '') session.id = found.sessionId;
    // Without a timestamp it is the last one of its session.
    const others = session.live.filter(({ sequence }) => sequence < message.sequence);
    message.timestamp ??= Math.max(Date.parse(found.createdAt), ...others.map(({ timestamp }) => timestamp ?? 0));
  }
  const { id, createdAt, content, status, sequence } = message;
  const { role, clientMessageId = null, format = null, payload = null } = sent;
  expect(found).toMatchObject({
    ...{ id, sessionId: session.id, role, content, status, sequence, createdAt, clientMessageId, format, payload },
    timestamp: isoOf(message),
    metadata: null,
  });
}

/** Compares the list of a session, whose current branch must be that of the model. */
export async function compareBranch({ reader }: Program, session: ModelSession): Promise<void> {
  const { data } = expectStatus(await reader.messages(session.id, '?limit=200'), 200);
  compareList(data, byTime(session.branch));
}

export function compareList(found: MessageDto[], wanted: ModelMessage[]): void {
  expect(found.map(lineOfDto)).toEqual(wanted.map(lineOf));
}

/** Compares what the lists show of each session, after each request. */
export async function compareSessions(owner: ModelOwner, program: Program): Promise<void> {
  const found = await program.sessions();
  expect(found.map(({ id }) => id).sort()).toEqual(owner.sessions.map(({ id }) => id).sort());
  for (const dto of found) {
    const session = owner.find(dto.id);
    if (session) compareSession(owner, session, dto);
  }
}

function lineOf(message: ModelMessage): string {
  const { id, sent, content, status, sequence } = message;
  return [id, sequence, isoOf(message), sent.role, status, content].join(' ');
}

function lineOfDto({ id, sequence, timestamp, role, status, content }: MessageDto): string {
  return [id, sequence, timestamp, role, status, content].join(' ');
}

const isoOf = ({ timestamp = 0 }: ModelMessage) => new Date(timestamp).toISOString();
