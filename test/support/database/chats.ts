import type { MessageDto } from '../../../src/messages/message.dto.js';
import type { MessagePageDto } from '../../../src/messages/message-page.dto.js';
import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { expectStatus, type Answer, type Client } from '../rest/client.js';

/** All messages of a session, page by page. */
export async function allMessages(client: Client, session: string): Promise<MessageDto[]> {
  const messages: MessageDto[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: MessagePageDto = expectStatus(
      await client.messages(session, `?limit=200${cursor && `&after=${cursor}`}`),
      200,
    );
    messages.push(...page.data);
    cursor = page.nextCursor;
  }
  return messages;
}

/** All sessions of the client's owner; at most 200. */
export async function allSessions(client: Client): Promise<SessionDto[]> {
  return expectStatus(await client.sessions('?limit=200'), 200).data;
}

/** The number of answers per status, like `{ 200: 15, 201: 1 }`. */
export function tally(answers: Answer<unknown>[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export function sequences(messages: MessageDto[]): number[] {
  return messages.map(({ sequence }) => sequence).sort((a, b) => a - b);
}

/** Whether the times never decrease with rising sequence. */
export function risesWithSequence(messages: MessageDto[], time: 'createdAt' | 'timestamp'): boolean {
  const inOrder = messages.toSorted((a, b) => a.sequence - b.sequence).map((message) => message[time]);
  return inOrder.every((value, index) => index === 0 || value >= (inOrder[index - 1] ?? ''));
}
