import { Injectable } from '@nestjs/common';
import { parseMessageId } from '../branches/branch-rules.js';
import type { Owner } from '../owners/owner.js';
import { assertSessionId } from '../sessions/session-rules.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { MessageNotFoundError } from './message.errors.js';
import type { Message, StoredMessage } from './message.js';
import { MessagesRepository } from './messages.repository.js';
import { MessageStreamsRepository } from './message-streams.repository.js';
import { MessageTextsRepository } from './message-texts.repository.js';

/** Reads single messages. */
@Injectable()
export class MessageReader {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly streams: MessageStreamsRepository,
    private readonly sessions: SessionsService,
    private readonly texts: MessageTextsRepository,
  ) {}

  /** The message as its row has it. @throws SessionNotFoundError, MessageNotFoundError */
  async getRow(owner: Owner, sessionId: string, messageId: string): Promise<StoredMessage> {
    assertSessionId(sessionId);
    const id = parseMessageId(messageId);
    const message = id === undefined ? undefined : await this.messages.findById(owner, sessionId, id);
    if (message) return message;
    await this.sessions.get(owner, sessionId);
    throw new MessageNotFoundError();
  }

  /** The message with what has been written. @throws MessageNotFoundError when it was deleted meanwhile */
  async withText<Found extends Message>(owner: Owner, message: Found): Promise<Found> {
    if (message.status !== 'in_progress') return message;
    const state = await this.streams.find(owner, message);
    const written = await this.texts.readWritten(owner, message, state);
    if (!written) throw new MessageNotFoundError();
    return { ...message, ...written };
  }
}
