import { Injectable } from '@nestjs/common';
import type { ListAnchor } from '../common/pagination.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFoundError } from '../sessions/session.errors.js';
import { assertSessionId, sessionIdProblem } from '../sessions/session-rules.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { MessageAppender } from './message-appender.js';
import { MessageListRepository, type MessageSelection } from './message-list.repository.js';
import { MessageReader } from './message-reader.js';
import { repeatWindowMs } from './message-rules.js';
import type { Message, MessageList, MessagePage, MessageRange, NewMessage, SaveResult } from './message.js';

/** The messages of an owner's sessions. Messages of other owners are not found. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly lists: MessageListRepository,
    private readonly reader: MessageReader,
    private readonly sessions: SessionsService,
    private readonly saver: IdempotentSaver,
    private readonly appender: MessageAppender,
  ) {}

  /**
   * Saves a message. With a client message id the call is idempotent.
   * @throws SessionNotFoundError
   * @throws QuotaExceededError, TooManyRequestsError; not for a message that was saved before
   * @throws ClientMessageIdConflictError when another message has that client message id
   * @throws OutcomeUnknownError when the connection was lost during COMMIT
   */
  save(owner: Owner, sessionId: string, message: NewMessage): Promise<SaveResult> {
    const append = () => this.appender.append(owner, sessionId, message);
    return this.saver.save(owner, message, sessionId, append);
  }

  /**
   * Saves a message into the active session; creates and activates a default session when none is active.
   * @param sessionId the session that must be active; undefined for whichever is
   * @throws SessionNotActiveError; not for a message that was saved by its client message id before
   * @throws ClientMessageIdConflictError, OutcomeUnknownError as `save`
   */
  saveToActive(owner: Owner, message: NewMessage, sessionId?: string): Promise<SaveResult> {
    const append = async () =>
      this.appender.append(owner, await this.sessions.getOrCreateActiveId(owner, sessionId), message);
    return this.saver.save(owner, message, sessionId, append);
  }

  /**
   * Saves a message; creates the session when it does not exist. A message without a client message id but with a
   * timestamp is the same as one with the same fields that was saved within `repeatWindowMs`, so that a request that the
   * browser repeats by itself is saved once.
   * @throws SessionNotFoundError for an id that only the server generates
   * @throws ClientMessageIdConflictError, OutcomeUnknownError as `save`
   */
  saveCreatingSession(owner: Owner, sessionId: string, message: NewMessage): Promise<SaveResult> {
    const append = () => this.appender.append(owner, sessionId, message, repeatWindowMs);
    const isRepeatable = message.clientMessageId !== undefined || message.timestamp !== undefined;
    return this.saver.save(
      owner,
      message,
      sessionId,
      async () => {
        try {
          return await append();
        } catch (error) {
          if (!(error instanceof SessionNotFoundError)) throw error;
          await this.sessions.ensureExists(owner, sessionId);
          return append();
        }
      },
      isRepeatable,
    );
  }

  /**
   * Lists messages of a session.
   * @throws SessionNotFoundError
   */
  async list(
    owner: Owner,
    sessionId: string,
    limit: number,
    range: MessageRange,
    selection: MessageSelection = 'current',
  ): Promise<MessagePage> {
    assertSessionId(sessionId);
    const { messages, more, lastSequence } = await this.lists.findPage(owner, sessionId, limit, range, selection);
    const last = messages.at(-1);
    if (!last) return this.emptyPage(owner, sessionId, range);
    const end = range.by === 'sequence' ? last.sequence : lastSequence;
    return { items: messages, next: more ? last : undefined, lastSequence: end };
  }

  /**
   * Lists messages of a session that pages of the plugin show: the newest ones by timestamp, or those before the anchor,
   * oldest first; or those that were saved after the anchor, in the order of saving.
   * @throws SessionNotFoundError
   * @throws MessageNotFoundError when the anchor does not exist
   */
  async listAround(owner: Owner, sessionId: string, limit: number, anchor?: ListAnchor): Promise<MessageList> {
    const row = anchor && (await this.reader.getRow(owner, sessionId, String(anchor.rowId)));
    const isAfter = row !== undefined && anchor?.direction === 'after';
    const range: MessageRange = isAfter
      ? { by: 'sequence', after: row.sequence }
      : { by: 'timestamp', order: 'desc', after: row };
    const { items, next } = await this.list(owner, sessionId, limit, range, 'legacy');
    return { messages: isAfter ? items : items.reverse(), more: next !== undefined };
  }

  /**
   * Lists the owner's history as pages of the plugin show it, newest first: the messages of all sessions, or of one.
   * @param before history position in UTC milliseconds, exclusive; without it the list starts at the newest message
   */
  async history(owner: Owner, limit: number, before?: number, sessionId?: string): Promise<MessageList> {
    // An invalid id cannot exist, and MySQL ignores trailing spaces when it compares.
    if (sessionId !== undefined && sessionIdProblem(sessionId)) return { messages: [], more: false };
    return this.lists.findHistory(owner, limit, before ?? Number.MAX_SAFE_INTEGER, sessionId);
  }

  /** @throws SessionNotFoundError, MessageNotFoundError */
  async get(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    return this.reader.withText(owner, await this.reader.getRow(owner, sessionId, messageId));
  }

  /** A message implies that its session exists; only an empty page needs the check. */
  private async emptyPage(owner: Owner, sessionId: string, range: MessageRange): Promise<MessagePage> {
    const session = await this.sessions.get(owner, sessionId);
    const start = range.by === 'sequence' ? range.after : (range.after?.sequence ?? 0);
    // The session's own last sequence may be that of a message that was saved after the page was read.
    return { items: [], next: undefined, lastSequence: Math.min(start, session.lastSequence) };
  }
}
