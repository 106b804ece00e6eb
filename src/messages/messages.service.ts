import { Injectable } from '@nestjs/common';
import type { ListAnchor } from '../common/pagination.js';
import { OutcomeUnknownError, DatabaseBusyError } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFoundError } from '../sessions/session.errors.js';
import { assertSessionId, sessionIdProblem } from '../sessions/session-rules.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ClientMessageIdConflictError, DuplicateClientMessageIdError, MessageNotFoundError } from './message.errors.js';
import { MessageListRepository } from './message-list.repository.js';
import { parseMessageId } from './message-rules.js';
import type { Message, MessageList, MessagePage, MessageRange, NewMessage, SaveResult } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/** Attempts to save a message with a client message id when the outcome is unknown or the first message was deleted meanwhile. */
const maxAttempts = 3;

/** The messages of an owner's sessions. Messages of other owners are not found. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly lists: MessageListRepository,
    private readonly sessions: SessionsService,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Saves a message. With a client message id the call is idempotent.
   * @throws SessionNotFoundError
   * @throws ClientMessageIdConflictError when another message has that client message id
   * @throws OutcomeUnknownError when the connection was lost during COMMIT
   */
  save(owner: Owner, sessionId: string, message: NewMessage): Promise<SaveResult> {
    return this.saveIdempotently(owner, message, sessionId, () => this.append(owner, sessionId, message));
  }

  /**
   * Saves a message into the active session; creates and activates a default session when none is active.
   * @throws ClientMessageIdConflictError, OutcomeUnknownError as `save`
   */
  saveToActive(owner: Owner, message: NewMessage): Promise<SaveResult> {
    return this.saveIdempotently(owner, message, undefined, async () =>
      this.append(owner, await this.sessions.getOrCreateActiveId(owner), message),
    );
  }

  /**
   * Saves a message; creates the session when it does not exist.
   * @throws SessionNotFoundError for an id that only the server generates
   * @throws ClientMessageIdConflictError, OutcomeUnknownError as `save`
   */
  saveCreatingSession(owner: Owner, sessionId: string, message: NewMessage): Promise<SaveResult> {
    return this.saveIdempotently(owner, message, sessionId, async () => {
      try {
        return await this.append(owner, sessionId, message);
      } catch (error) {
        if (!(error instanceof SessionNotFoundError)) throw error;
        await this.sessions.ensureExists(owner, sessionId);
        return this.append(owner, sessionId, message);
      }
    });
  }

  /**
   * Lists messages of a session.
   * @throws SessionNotFoundError
   */
  async list(owner: Owner, sessionId: string, limit: number, range: MessageRange): Promise<MessagePage> {
    assertSessionId(sessionId);
    const { messages, more, lastSequence } = await this.lists.findPage(owner, sessionId, limit, range);
    const last = messages.at(-1);
    if (!last) return this.emptyPage(owner, sessionId, range);
    const end = range.by === 'sequence' ? last.sequence : lastSequence;
    return { items: messages, next: more ? last : undefined, lastSequence: end };
  }

  /**
   * Lists messages of a session: the newest ones by timestamp, or those before the anchor, oldest first; or those that
   * were saved after the anchor, in the order of saving.
   * @throws SessionNotFoundError
   * @throws MessageNotFoundError when the anchor does not exist
   */
  async listAround(owner: Owner, sessionId: string, limit: number, anchor?: ListAnchor): Promise<MessageList> {
    const row = anchor && (await this.get(owner, sessionId, String(anchor.rowId)));
    const isAfter = row !== undefined && anchor?.direction === 'after';
    const range: MessageRange = isAfter
      ? { by: 'sequence', after: row.sequence }
      : { by: 'timestamp', order: 'desc', after: row };
    const { items, next } = await this.list(owner, sessionId, limit, range);
    return { messages: isAfter ? items : items.reverse(), more: next !== undefined };
  }

  /**
   * Lists the owner's history, newest first: the messages of all sessions, or of one.
   * @param before history position in UTC milliseconds, exclusive; without it the list starts at the newest message
   */
  async history(owner: Owner, limit: number, before?: number, sessionId?: string): Promise<MessageList> {
    // An invalid id cannot exist, and MySQL ignores trailing spaces when it compares.
    if (sessionId !== undefined && sessionIdProblem(sessionId)) return { messages: [], more: false };
    return this.lists.findHistory(owner, limit, before ?? Number.MAX_SAFE_INTEGER, sessionId);
  }

  /** @throws SessionNotFoundError, MessageNotFoundError */
  async get(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    assertSessionId(sessionId);
    const id = parseMessageId(messageId);
    const message = id === undefined ? undefined : await this.messages.findById(owner, sessionId, id);
    if (message) return message;
    await this.sessions.get(owner, sessionId);
    throw new MessageNotFoundError();
  }

  /**
   * Deletes all messages of the session and keeps the session.
   * @throws SessionNotFoundError
   */
  clear(owner: Owner, sessionId: string): Promise<void> {
    return this.transactions.run(async () => {
      const session = await this.sessions.lock(owner, sessionId);
      await this.messages.deleteAll(owner, sessionId);
      await this.sessions.resetMessageCount(session);
    }, sessionId);
  }

  /** A message implies that its session exists; only an empty page needs the check. */
  private async emptyPage(owner: Owner, sessionId: string, range: MessageRange): Promise<MessagePage> {
    const session = await this.sessions.get(owner, sessionId);
    const start = range.by === 'sequence' ? range.after : (range.after?.sequence ?? 0);
    // The session's own last sequence may be that of a message that was saved after the page was read.
    return { items: [], next: undefined, lastSequence: Math.min(start, session.lastSequence) };
  }

  private async append(owner: Owner, sessionId: string, message: NewMessage): Promise<Message> {
    const { sequence, at } = await this.sessions.allocateSequence(owner, sessionId);
    return this.messages.insert(owner, {
      sessionId,
      role: message.role,
      content: message.content,
      timestamp: message.timestamp,
      sequence,
      clientMessageId: message.clientMessageId ?? null,
      createdAt: at,
    });
  }

  /**
   * The unique key of (owner, client message id) decides which request was first. A later one rolls back its whole
   * transaction, including the sequence and a default session, and returns the message that the first has saved.
   */
  private async saveIdempotently(
    owner: Owner,
    message: NewMessage,
    sessionId: string | undefined,
    append: () => Promise<Message>,
  ): Promise<SaveResult> {
    let unknownOutcome: OutcomeUnknownError | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return { message: await this.transactions.run(append, sessionId), replayed: false };
      } catch (error) {
        if (message.clientMessageId === undefined) throw error;
        if (error instanceof DuplicateClientMessageIdError) {
          const first = await this.messages.findByClientMessageId(owner, message.clientMessageId);
          if (first) return await this.replay(owner, first, message, sessionId);
        } else if (error instanceof OutcomeUnknownError) {
          unknownOutcome ??= error;
        } else {
          // An earlier attempt may have been committed, so an error that says "nothing was changed" could be wrong.
          throw unknownOutcome ?? error;
        }
        if (attempt === maxAttempts) throw unknownOutcome ?? new DatabaseBusyError(error);
      }
    }
  }

  /** @throws ClientMessageIdConflictError */
  private async replay(
    owner: Owner,
    first: Message,
    repeated: NewMessage,
    sessionId: string | undefined,
  ): Promise<SaveResult> {
    const isSame =
      (sessionId === undefined || sessionId === first.sessionId) &&
      repeated.role === first.role &&
      repeated.content === first.content &&
      (repeated.timestamp === undefined ||
        repeated.timestamp === first.timestamp ||
        !(await this.messages.hasClientTimestamp(owner, first)));
    if (!isSame) throw new ClientMessageIdConflictError();
    return { message: first, replayed: true };
  }
}
