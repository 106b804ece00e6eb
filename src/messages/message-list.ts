import { forceIndex, type Parameter, type SqlClient } from '../database/sql/sql-client.js';
import type { Owner } from '../owners/owner.js';
import { maxPageContentBytes } from './message-rules.js';
import type { Message } from './message.js';

/** A message whose content may have been left out for its size. */
type ListedMessage = Omit<Message, 'content'> & { content: string | null; bytes: number };

/** Some messages in the order of a list, and whether it goes on after them. */
export interface MessageList {
  messages: Message[];
  more: boolean;
}

export const messageColumns = `id, chat_session_id AS sessionId, role, timestamp, sequence,
  client_message_id AS clientMessageId, created_at AS createdAt, history_time AS historyPosition`;

/** The beginning of a list's statement; its first parameter is the size up to which a content is sent along. */
export const selectMessages = (index: string) => `SELECT ${messageColumns}, OCTET_LENGTH(content) AS bytes,
    CASE WHEN OCTET_LENGTH(content) <= ? THEN content END AS content
  FROM writeassistdev_chat ${forceIndex(index)} WHERE writeassistdevid = ? AND userid = ?`;

const contentsPerQuery = 16;
const contentsQuery = `SELECT id, content FROM writeassistdev_chat
  WHERE writeassistdevid = ? AND userid = ? AND id IN (${Array(contentsPerQuery).fill('?').join(', ')})`;

/**
 * Reads at most `limit` messages, and no more than `pageContentBytes` of contents but for the first. More than one
 * statement only where contents are large: one is sent along when a page full of such stays within bounds.
 * @param statement `listedMessages`, then conditions, an order and `LIMIT ?`
 * @param parameters of the conditions
 */
export async function queryMessages(
  sql: SqlClient,
  owner: Owner,
  statement: string,
  parameters: Parameter[],
  limit: number,
): Promise<MessageList> {
  const { activityId, userId } = owner;
  const sentAlong = Math.floor(maxPageContentBytes / (limit + 1));
  // MySQL 8 refuses a number that is bound to LIMIT by the binary protocol: it takes a string.
  const all = [sentAlong, activityId, userId, ...parameters, String(limit + 1)];
  const found = await sql.query<ListedMessage>(statement, all);
  const fitting = found.slice(0, fittingCount(found, limit));
  const contents = await largeContents(sql, owner, fitting);
  // A message that was deleted between the two statements drops out.
  const messages = fitting.flatMap(({ bytes: _, content: sent, ...message }) => {
    const content = sent ?? contents.get(message.id);
    return content === undefined ? [] : [{ ...message, content }];
  });
  return { messages, more: fitting.length < found.length };
}

async function largeContents(
  sql: SqlClient,
  { activityId, userId }: Owner,
  listed: ListedMessage[],
): Promise<Map<number, string>> {
  const contents = new Map<number, string>();
  const ids = listed.filter(({ content }) => content === null).map(({ id }) => id);
  for (let start = 0; start < ids.length; start += contentsPerQuery) {
    const some = ids.slice(start, start + contentsPerQuery);
    // The statement has always as many parameters: it is prepared once.
    const padded = Array.from({ length: contentsPerQuery }, (_, index) => some[index] ?? null);
    const rows = await sql.query<{ id: number; content: string }>(contentsQuery, [activityId, userId, ...padded]);
    for (const { id, content } of rows) contents.set(id, content);
  }
  return contents;
}

function fittingCount(found: ListedMessage[], limit: number): number {
  let bytes = 0;
  let count = 0;
  for (const message of found.slice(0, limit)) {
    bytes += message.bytes;
    if (count > 0 && bytes > maxPageContentBytes) break;
    count++;
  }
  return count;
}
