import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../common/domain-error.js';
import { JsonText } from '../common/json-text.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { QuotasService } from '../quotas/quotas.service.js';
import type { LockedSession } from '../sessions/session.js';
import { SessionSummariesService } from '../sessions/session-summaries.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { MessageReader } from './message-reader.js';
import type { Message, MessageChange, MessageEnd, SavedMessage, StoredMessage, StreamedMessage } from './message.js';
import { MessageStreamsRepository } from './message-streams.repository.js';
import { textOfPayload } from './message-payload.js';
import { storedBytes } from './message-size.js';
import { StreamLimits } from './stream-limits.js';
import { AppendConflictError, LeaseHeldError, MessageEndedError } from './stream.errors.js';

/** How each lease begins: that of the client that has created the message, or one that was taken. */
const leasePrefixes = { first: '0', taken: 'f' } as const;

/** Messages that are written in chunks, for replies that arrive bit by bit. Lock order: the session, then the message. */
@Injectable()
export class MessageStreamsService {
  constructor(
    private readonly streams: MessageStreamsRepository,
    private readonly reader: MessageReader,
    private readonly sessions: SessionsService,
    private readonly summaries: SessionSummariesService,
    private readonly quotas: QuotasService,
    private readonly transactions: TransactionRunner,
    private readonly limits: StreamLimits,
  ) {}

  /** Begins to write the message. Inside the transaction that has inserted it. */
  async begin(owner: Owner, message: Message): Promise<SavedMessage['stream']> {
    const [contentBytes, lease] = [Buffer.byteLength(message.content), newLease('first')];
    await this.streams.insert(owner, message, { byteCount: contentBytes, lease, writtenAt: this.limits.now() });
    return { lease, contentBytes };
  }

  /** The message as it is, and what the client needs that has created it, unless it has ended or another one writes it. */
  async withStream(owner: Owner, message: Message): Promise<SavedMessage> {
    if (message.status !== 'in_progress') return { message };
    const state = await this.streams.find(owner, message);
    const isTaken = state?.lease.startsWith(leasePrefixes.taken);
    const stream = state && { ...(isTaken ? {} : { lease: state.lease }), contentBytes: state.byteCount };
    return { message: await this.reader.withText(owner, message), stream };
  }

  /**
   * Appends a chunk, takes the lease, or ends the message; in this order, if it does several. A change that was made
   * before changes nothing.
   * @throws SessionNotFoundError, MessageNotFoundError, AppendConflictError, LeaseHeldError, MessageEndedError
   * @throws ValidationFailedError when the text would be too long
   * @throws QuotaExceededError, TooManyRequestsError
   */
  write(owner: Owner, sessionId: string, messageId: string, change: MessageChange): Promise<StreamedMessage> {
    return this.transactions.run(async () => {
      const locked = change.end && (await this.sessions.lock(owner, sessionId));
      const message = await this.reader.getRow(owner, sessionId, messageId);
      if (message.status !== 'in_progress') return repeatAfterEnd(message, change);
      if (change.append !== '' || change.end) await this.quotas.refresh(owner);
      const taken = change.takeLease ? await this.takeLease(owner, message) : undefined;
      const lease = taken ?? change.lease ?? '';
      let contentBytes = await this.append(owner, message, change, lease);
      if (contentBytes === undefined) {
        // Another request may have changed it since.
        const current = await this.reader.getRow(owner, sessionId, messageId);
        if (current.status !== 'in_progress') return repeatAfterEnd(current, change);
        contentBytes = await this.goOn(owner, current, change, lease);
      }
      if (change.end && locked) contentBytes = await this.end(owner, locked, message, change.end);
      const { id } = message;
      return { id, sessionId, status: change.end?.status ?? 'in_progress', contentBytes, lease: taken };
    }, sessionId);
  }

  private async takeLease(owner: Owner, message: Message): Promise<string> {
    const state = await this.streams.find(owner, message);
    const lease = newLease('taken');
    const isTaken =
      state !== undefined &&
      this.limits.isStale(state.writtenAt) &&
      (await this.streams.takeLease(owner, message, state, lease, this.limits.now()));
    if (!isTaken) throw LeaseHeldError.at(state?.byteCount ?? 0);
    return lease;
  }

  /** @returns the bytes of the text afterwards; undefined when nothing is appended, or not here, or not by this client */
  private async append(
    owner: Owner,
    message: Message,
    change: MessageChange,
    lease: string,
  ): Promise<number | undefined> {
    const { append: text, offset } = change;
    if (offset === undefined) return undefined;
    const bytes = Buffer.byteLength(text);
    this.assertLength(offset + bytes);
    if (!(await this.streams.append(owner, message, { lease, offset, text, at: this.limits.now() }))) return undefined;
    if (bytes > 0) this.quotas.addBytes(owner, bytes);
    return offset + bytes;
  }

  /**
   * Renews the lease, unless the change is a chunk that was appended before.
   * @returns the bytes of the text
   * @throws AppendConflictError
   */
  private async goOn(owner: Owner, message: Message, change: MessageChange, lease: string): Promise<number> {
    const { append: text, offset, end } = change;
    const content = await this.readText(owner, message);
    const contentBytes = Buffer.byteLength(content);
    const isThere = offset === undefined || hasAt(content, offset, text);
    const isLast = offset === undefined || offset + Buffer.byteLength(text) === contentBytes;
    const isRepeated = isThere && offset !== undefined && end === undefined;
    if (isRepeated) return contentBytes;
    const mayGoOn = isThere && isLast && (await this.streams.renew(owner, message, lease, this.limits.now()));
    if (!mayGoOn) throw AppendConflictError.at(contentBytes);
    return contentBytes;
  }

  private assertLength(bytes: number): void {
    const max = this.limits.maxContentBytes;
    if (bytes <= max) return;
    const detail = `must not make the text longer than ${max} bytes of UTF-8; it would have ${bytes}`;
    throw new ValidationFailedError([{ in: 'body', pointer: '/append', detail }]);
  }

  /** @returns the bytes of the text */
  private async end(owner: Owner, locked: LockedSession, message: StoredMessage, end: MessageEnd): Promise<number> {
    const written = await this.readText(owner, message);
    const { status, format = message.format, payload = message.payload, metadata = message.metadata } = end;
    // As for other messages, the text is that of the payload when there is none.
    const hasPayload = format !== null && payload !== null;
    const content = written === '' && hasPayload ? textOfPayload(format, new JsonText(payload)) : written;
    const ended = { content, status, format, payload, metadata };
    const moreBytes = storedBytes({ ...message, ...ended }) - storedBytes(message);
    const countedBytes = Buffer.byteLength(written) - Buffer.byteLength(message.content);
    if (moreBytes > countedBytes) this.quotas.addBytes(owner, moreBytes - countedBytes);
    const { role, timestamp, sequence } = message;
    await this.summaries.countEnded(locked, { role, content, timestamp, sequence, moreBytes });
    await this.streams.end(owner, message, ended);
    // It may be newer than what the current branch shows.
    if (!message.onBranch) await this.summaries.invalidate(owner, message.sessionId);
    return Buffer.byteLength(content);
  }

  private async readText(owner: Owner, message: Message): Promise<string> {
    return message.content + (await this.streams.readChunks(owner, message));
  }
}

/** The state of a message that has ended, if the change was made before. @throws MessageEndedError, AppendConflictError */
function repeatAfterEnd(message: Message, change: MessageChange): StreamedMessage {
  const { id, sessionId, status, content } = message;
  const contentBytes = Buffer.byteLength(content);
  const { offset, append, end, takeLease } = change;
  // Who only takes the lease wants to go on.
  const isEnd = end === undefined ? offset !== undefined && !takeLease : isSameEnd(message, end);
  const isSame = isEnd && (offset === undefined || hasAt(content, offset, append));
  if (!isSame) throw MessageEndedError.at(status, contentBytes);
  return { id, sessionId, status, contentBytes };
}

/** Whether the message has ended like that; what the end leaves out stays as it was. */
function isSameEnd(message: Message, end: MessageEnd): boolean {
  const { format = message.format, payload = message.payload, metadata = message.metadata } = end;
  const isSame = format === message.format && payload === message.payload && metadata === message.metadata;
  return isSame && end.status === message.status;
}

/** Whether the content has the text at this offset, in bytes of UTF-8. */
function hasAt(content: string, offset: number, text: string): boolean {
  const [whole, bytes] = [Buffer.from(content), Buffer.from(text)];
  return offset <= whole.length && whole.subarray(offset, offset + bytes.length).equals(bytes);
}

function newLease(kind: keyof typeof leasePrefixes): string {
  return leasePrefixes[kind] + randomBytes(16).toString('hex').slice(1);
}
