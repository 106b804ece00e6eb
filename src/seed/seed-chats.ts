import type { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
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
): Promise<SeedResult> {
  const result: SeedResult = { sessions: 0, newSessions: 0, messages: 0, newMessages: 0 };
  for (const chat of sampleChats) {
    const { created } = await sessions.create(owner, { id: chat.id, title: chat.title, activate: true });
    result.sessions += 1;
    if (created) result.newSessions += 1;
    for (const message of toMessages(chat)) {
      const { replayed } = await messages.save(owner, chat.id, message);
      result.messages += 1;
      if (!replayed) result.newMessages += 1;
    }
  }
  return result;
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
