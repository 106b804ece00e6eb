import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageDto } from '../../../src/messages/message.dto.js';
import type { SearchHitDto } from '../../../src/search/search.dto.js';
import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { expectStatus, type Answer, type Client } from './client.js';

/** Waits so long that the next operation has a later millisecond. */
export function nextMoment(): Promise<void> {
  return sleep(4);
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Saves the messages one after the other. */
export async function saveAll(client: Client, sessionId: string, messages: object[]): Promise<MessageDto[]> {
  const saved: MessageDto[] = [];
  for (const message of messages) saved.push(expectStatus(await client.save(sessionId, message), 201));
  return saved;
}

export function getMessage(client: Client, sessionId: string, messageId: string) {
  return client.call<MessageDto>('GET', `/api/v1/sessions/${sessionId}/messages/${messageId}`);
}

/** Reads all pages of a session's messages; runs `between` after each page but the last. */
export async function walkMessages(
  client: Client,
  sessionId: string,
  query: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<MessageDto[][]> {
  return walk((after) => client.messages(sessionId, `?${query}${after}`), between);
}

/** Reads all pages of the list of sessions; runs `between` after each page but the last. */
export async function walkSessions(
  client: Client,
  query: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<SessionDto[][]> {
  return walk((after) => client.sessions(`?${query}${after}`), between);
}

/** Reads all pages of a search; runs `between` after each page but the last. */
export async function walkSearch(
  client: Client,
  q: string,
  query = '',
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<SearchHitDto[][]> {
  return walk((after) => client.search(q, `${query}${after}`), between);
}

interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

async function walk<Item>(
  page: (after: string) => Promise<Answer<Page<Item>>>,
  between: () => Promise<unknown>,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const found: Page<Item> = expectStatus(await page(cursor === '' ? '' : `&after=${cursor}`), 200);
    pages.push(found.data);
    if (pages.length > 500) throw new Error('the list does not end');
    cursor = found.nextCursor;
    if (cursor !== null) await between();
  }
  return pages;
}

export function idsOf(items: { id: string }[]): string[] {
  return items.map(({ id }) => id);
}

/** The item at this index. @throws if there is none */
export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items.at(index);
  if (item === undefined) throw new Error(`there is no item ${index} of ${items.length}`);
  return item;
}
