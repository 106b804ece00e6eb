import { Injectable } from '@nestjs/common';
import type { ListEdge } from '../common/page.js';
import { OutcomeUnknown, DatabaseBusy } from '../database/database.errors.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFound } from '../sessions/session.errors.js';
import { requireSessionId, sessionIdProblem } from '../sessions/session.rules.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ClientMessageIdConflict, DuplicateClientMessageId, MessageNotFound } from './message.errors.js';
import type { ListedMessages } from './message-page.js';
import { parseMessageId } from './message.rules.js';
import type { Message, MessageOrder, MessagePage, MessagePosition, NewMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';

export interface Saved {
  message: Message;
  /** True when the message was saved before, by another attempt of the same send. */
  replayed: boolean;
}

/** How often a named message is tried when its outcome is unknown, or its namesake has just been deleted. */
const attempts = 3;

/** The messages of an owner's sessions. Another owner's are not found. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly sessions: SessionsService,
    private readonly unit: UnitOfWork,
  ) {}

  /** @throws SessionNotFound, ClientMessageIdConflict, OutcomeUnknown */
  save(owner: Owner, sessionId: string, message: NewMessage): Promise<Saved> {
    return this.exactlyOnce(owner, message, sessionId, () => this.append(owner, sessionId, message));
  }

  /** Into the active session, or into a new default session when there is none. @throws ClientMessageIdConflict, OutcomeUnknown */
  saveToActive(owner: Owner, message: NewMessage): Promise<Saved> {
    return this.exactlyOnce(owner, message, undefined, async () =>
      this.append(owner, await this.sessions.activeOrDefault(owner), message),
    );
  }

  /**
   * Into the session, which is made when it is not there: a chat begins with its first message.
   * @throws SessionNotFound for an id that only this server gives out, ClientMessageIdConflict, OutcomeUnknown
   */
  saveOrBegin(owner: Owner, sessionId: string, message: NewMessage): Promise<Saved> {
    return this.exactlyOnce(owner, message, sessionId, async () => {
      try {
        return await this.append(owner, sessionId, message);
      } catch (error) {
        if (!(error instanceof SessionNotFound)) throw error;
        await this.sessions.begin(owner, sessionId);
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
    requireSessionId(sessionId);
    const { messages, more } = await this.messages.page(owner, sessionId, limit, order, after);
    // A message proves its session; only an empty page must ask.
    if (messages.length === 0) await this.sessions.get(owner, sessionId);
    return { items: messages, next: more ? messages.at(-1) : undefined };
  }

  /**
   * In the order of timestamps, then of saving: the newest ones, or those next to a message.
   * @throws SessionNotFound, MessageNotFound
   */
  async window(owner: Owner, sessionId: string, limit: number, edge?: ListEdge): Promise<ListedMessages> {
    const after = edge && (await this.get(owner, sessionId, String(edge.id)));
    const order = edge?.side === 'after' ? 'asc' : 'desc';
    const { items, next } = await this.list(owner, sessionId, limit, order, after);
    return { messages: order === 'asc' ? items : items.reverse(), more: next !== undefined };
  }

  /**
   * The owner's history, newest first: the messages of all sessions, or of one.
   * @param before a place in it, exclusive; the newest ones when it is left out
   */
  async history(owner: Owner, limit: number, before?: number, sessionId?: string): Promise<ListedMessages> {
    // What could not be an id is not looked for.
    if (sessionId !== undefined && sessionIdProblem(sessionId)) return { messages: [], more: false };
    return this.messages.history(owner, limit, before ?? Number.MAX_SAFE_INTEGER, sessionId);
  }

  /** @throws SessionNotFound, MessageNotFound */
  async get(owner: Owner, sessionId: string, messageId: string): Promise<Message> {
    requireSessionId(sessionId);
    const id = parseMessageId(messageId);
    const message = id === undefined ? undefined : await this.messages.byId(owner, sessionId, id);
    if (message) return message;
    await this.sessions.get(owner, sessionId);
    throw new MessageNotFound();
  }

  /** Deletes all messages; the session stays. @throws SessionNotFound */
  clear(owner: Owner, sessionId: string): Promise<void> {
    return this.sessions.clear(owner, sessionId, () => this.messages.deleteAll(owner, sessionId));
  }

  private async append(owner: Owner, sessionId: string, message: NewMessage): Promise<Message> {
    const { sequence, at } = await this.sessions.countMessage(owner, sessionId);
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
  private async exactlyOnce(
    owner: Owner,
    message: NewMessage,
    sessionId: string | undefined,
    append: () => Promise<Message>,
  ): Promise<Saved> {
    let unknown: OutcomeUnknown | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return { message: await this.unit.run(append), replayed: false };
      } catch (error) {
        if (message.clientMessageId === undefined) throw error;
        if (error instanceof DuplicateClientMessageId) {
          const first = await this.messages.byClientMessageId(owner, message.clientMessageId);
          if (first) return replay(first, message, sessionId);
        } else if (error instanceof OutcomeUnknown) {
          unknown ??= error;
        } else {
          // An earlier attempt may have been saved: "nothing was changed" would not be true.
          throw unknown ?? error;
        }
        if (attempt === attempts) throw unknown ?? new DatabaseBusy(error);
      }
    }
  }
}

function replay(first: Message, again: NewMessage, sessionId: string | undefined): Saved {
  const same =
    (sessionId === undefined || sessionId === first.sessionId) &&
    again.role === first.role &&
    again.content === first.content &&
    (again.timestamp === undefined || !gaveTimestamp(first) || again.timestamp === first.timestamp);
  if (!same) throw new ClientMessageIdConflict();
  return { message: first, replayed: true };
}

/** A message without a timestamp of its own has that of its saving. */
function gaveTimestamp(message: Message): boolean {
  return message.timestamp !== message.createdAt;
}
