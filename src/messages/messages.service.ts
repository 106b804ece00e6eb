import { Injectable } from '@nestjs/common';
import type { ListAnchor } from '../common/pagination.js';
import { OutcomeUnknownError, DatabaseBusyError } from '../database/database.errors.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFoundError } from '../sessions/session.errors.js';
import { assertSessionId, sessionIdProblem } from '../sessions/session-rules.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ClientMessageIdConflictError, DuplicateClientMessageIdError, MessageNotFoundError } from './message.errors.js';
import type { MessageList } from './message-list.js';
import { parseMessageId } from './message-rules.js';
import type { Message, MessageOrder, MessagePage, MessagePosition, NewMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';

export interface SaveResult {
  message: Message;
  /** True when the message was saved before, by another attempt of the same send. */
  replayed: boolean;
}

/** How often a named message is tried when its outcome is unknown, or its namesake has just been deleted. */
const maxAttempts = 3;

/** The messages of an owner's sessions. Another owner's are not found. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly sessions: SessionsService,
    private readonly transactions: TransactionRunner,
  ) {}

  /** @throws SessionNotFound, ClientMessageIdConflict, OutcomeUnknown */
  save(owner: Owner, sessionId: string, message: NewMessage): Promise<SaveResult> {
    return this.saveIdempotently(owner, message, sessionId, () => this.append(owner, sessionId, message));
  }

  /** Into the active session, or into a new default session when there is none. @throws ClientMessageIdConflict, OutcomeUnknown */
  saveToActive(owner: Owner, message: NewMessage): Promise<SaveResult> {
    return this.saveIdempotently(owner, message, undefined, async () =>
      this.append(owner, await this.sessions.getOrCreateActiveId(owner), message),
    );
  }

  /**
   * Into the session, which is made when it is not there: a chat begins with its first message.
   * @throws SessionNotFound for an id that only this server gives out, ClientMessageIdConflict, OutcomeUnknown
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

  /** In the order of timestamps, then of saving. @throws SessionNotFound */
  async list(
    owner: Owner,
    sessionId: string,
    limit: number,
    order: MessageOrder,
    after?: MessagePosition,
  ): Promise<MessagePage> {
    assertSessionId(sessionId);
    const { messages, more } = await this.messages.findPage(owner, sessionId, limit, order, after);
    // A message proves its session; only an empty page must ask.
    if (messages.length === 0) await this.sessions.get(owner, sessionId);
    return { items: messages, next: more ? messages.at(-1) : undefined };
  }

  /**
   * In the order of timestamps, then of saving: the newest ones, or those next to a message.
   * @throws SessionNotFound, MessageNotFound
   */
  async listAround(owner: Owner, sessionId: string, limit: number, edge?: ListAnchor): Promise<MessageList> {
    const after = edge && (await this.get(owner, sessionId, String(edge.rowId)));
    const order = edge?.direction === 'after' ? 'asc' : 'desc';
    const { items, next } = await this.list(owner, sessionId, limit, order, after);
    return { messages: order === 'asc' ? items : items.reverse(), more: next !== undefined };
  }

  /**
   * The owner's history, newest first: the messages of all sessions, or of one.
   * @param before a place in it, exclusive; the newest ones when it is left out
   */
  async history(owner: Owner, limit: number, before?: number, sessionId?: string): Promise<MessageList> {
    // What could not be an id is not looked for.
    if (sessionId !== undefined && sessionIdProblem(sessionId)) return { messages: [], more: false };
    return this.messages.findHistory(owner, limit, before ?? Number.MAX_SAFE_INTEGER, sessionId);
  }

  /** @throws SessionNotFound, MessageNotFound */
  async get(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    assertSessionId(sessionId);
    const id = parseMessageId(messageId);
    const message = id === undefined ? undefined : await this.messages.findById(owner, sessionId, id);
    if (message) return message;
    await this.sessions.get(owner, sessionId);
    throw new MessageNotFoundError();
  }

  /** Deletes all messages; the session stays. @throws SessionNotFound */
  clear(owner: Owner, sessionId: string): Promise<void> {
    return this.sessions.clear(owner, sessionId, () => this.messages.deleteAll(owner, sessionId));
  }

  private async append(owner: Owner, sessionId: string, message: NewMessage): Promise<Message> {
    const { sequence, at } = await this.sessions.allocateSequence(owner, sessionId);
    return this.messages.insert(owner, {
      sessionId,
      role: message.role,
      content: message.content,
      timestamp: message.timestamp ?? at,
      sequence,
      clientMessageId: message.clientMessageId ?? null,
      createdAt: at,
    });
  }

  /**
   * The unique key of (owner, client message id) decides which attempt was first; a later one undoes its whole unit of
   * work, the sequence and a default session with it, and answers what the first has saved.
   */
  private async saveIdempotently(
    owner: Owner,
    message: NewMessage,
    sessionId: string | undefined,
    append: () => Promise<Message>,
  ): Promise<SaveResult> {
    let unknown: OutcomeUnknownError | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return { message: await this.transactions.run(append), replayed: false };
      } catch (error) {
        if (message.clientMessageId === undefined) throw error;
        if (error instanceof DuplicateClientMessageIdError) {
          const first = await this.messages.findByClientMessageId(owner, message.clientMessageId);
          if (first) return toReplay(first, message, sessionId);
        } else if (error instanceof OutcomeUnknownError) {
          unknown ??= error;
        } else {
          // An earlier attempt may have been saved: "nothing was changed" would not be true.
          throw unknown ?? error;
        }
        if (attempt === maxAttempts) throw unknown ?? new DatabaseBusyError(error);
      }
    }
  }
}

function toReplay(first: Message, again: NewMessage, sessionId: string | undefined): SaveResult {
  const same =
    (sessionId === undefined || sessionId === first.sessionId) &&
    again.role === first.role &&
    again.content === first.content &&
    (again.timestamp === undefined || !hasClientTimestamp(first) || again.timestamp === first.timestamp);
  if (!same) throw new ClientMessageIdConflictError();
  return { message: first, replayed: true };
}

/** A message without a timestamp of its own has that of its saving. */
function hasClientTimestamp(message: Message): boolean {
  return message.timestamp !== message.createdAt;
}
