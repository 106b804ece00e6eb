import { MessageInTrashError } from '../messages/message.errors.js';
import type { NewMessage } from '../messages/message.js';
import type { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFoundError } from '../sessions/session.errors.js';
import type { SessionTrashService } from '../sessions/session-trash.service.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import { sampleChats, type SampleChat } from './sample-chats.js';

export interface SeedResult {
  sessions: number;
  newSessions: number;
  messages: number;
  newMessages: number;
}

/** Saves the sample chats for the owner. A second run finds them by their ids and changes nothing. */
export async function seedChats(
  owner: Owner,
  sessions: SessionsService,
  messages: MessagesService,
  trash: SessionTrashService,
): Promise<SeedResult> {
  const result: SeedResult = { sessions: 0, newSessions: 0, messages: 0, newMessages: 0 };
  for (const chat of sampleChats) {
    const isRestored = await restore(owner, chat.id, sessions, trash);
    const { created } = await sessions.create(owner, { id: chat.id, title: chat.title, activate: true });
    result.sessions += 1;
    if (created || isRestored) result.newSessions += 1;
    for (const message of toMessages(chat)) {
      const isNew = await save(owner, chat.id, message, messages);
      if (isNew === undefined) continue;
      result.messages += 1;
      if (isNew || isRestored) result.newMessages += 1;
    }
  }
  return result;
}

/** A chat that was deleted comes back with its messages, whose client message ids are taken. @returns whether it has */
async function restore(
  owner: Owner,
  id: string,
  sessions: SessionsService,
  trash: SessionTrashService,
): Promise<boolean> {
  const isNotFound = (error: unknown) => {
    if (error instanceof SessionNotFoundError) return undefined;
    throw error;
  };
  if (await sessions.get(owner, id).catch(isNotFound)) return false;
  return (await trash.restore(owner, id).catch(isNotFound)) !== undefined;
}

/** @returns whether the message is new; undefined for one that was deleted by itself, or cleared */
async function save(
  owner: Owner,
  id: string,
  message: NewMessage,
  messages: MessagesService,
): Promise<boolean | undefined> {
  try {
    return !(await messages.save(owner, id, message)).replayed;
  } catch (error) {
    if (error instanceof MessageInTrashError) return undefined;
    throw error;
  }
}

function toMessages({ id, startedAt, turns }: SampleChat) {
  const start = Date.parse(startedAt);
  return turns.map((content, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    content,
    timestamp: start + secondsAfterStart(index) * 1000,
    clientMessageId: `${id}-${index + 1}`,
  }));
}

/** The user takes a minute and a half for each turn, the assistant eight seconds. */
function secondsAfterStart(index: number): number {
  return Math.floor(index / 2) * 98 + (index % 2) * 8;
}
