import { foldIfShort } from '../../src/common/fold.js';
import { activityId, firstAt } from '../data.js';
import type { Insert } from '../search/data.js';

export const messagesPerSession = 100_000;
export const sessionId = 'large';
const rowsPerStatement = 1000;
const content = 'A sentence of a student about rivers, of the usual length, with a question. '.repeat(3).slice(0, 200);
const folded = foldIfShort(content);

/** The owners 1 to `owners`, each with one large session; other owners are made by their first save. */
export async function fillTrash(insert: Insert, owners: number): Promise<void> {
  await insert('writeassistdev', ['id'], [[activityId]]);
  for (let owner = 1; owner <= owners; owner++) {
    await insert('user', ['id'], [[owner]]);
    await insert('writeassistdev_chat_owners', ['writeassistdevid', 'userid'], [[activityId, owner]]);
    const counts = [messagesPerSession, messagesPerSession, messagesPerSession * content.length];
    await insert('writeassistdev_chat_sessions', sessionColumns, [
      [activityId, owner, sessionId, 'Large', ...counts, firstAt, firstAt, firstAt],
    ]);
    for (let start = 1; start <= messagesPerSession; start += rowsPerStatement) {
      const rows = Array.from({ length: rowsPerStatement }, (_, index) => messageRow(owner, start + index));
      await insert('writeassistdev_chat', messageColumns, rows);
    }
  }
}

const sessionColumns = [
  ...['writeassistdevid', 'userid', 'session_id', 'title', 'last_sequence', 'message_count', 'content_bytes'],
  ...['last_activity_at', 'created_at', 'modified_at'],
];
const messageColumns = [
  ...['writeassistdevid', 'userid', 'chat_session_id', 'sequence', 'role', 'content', 'folded'],
  ...['created_at', 'timestamp', 'history_time'],
];

function messageRow(owner: number, sequence: number): unknown[] {
  const at = firstAt + sequence;
  return [
    activityId,
    owner,
    sessionId,
    sequence,
    sequence % 2 === 0 ? 'assistant' : 'user',
    content,
    folded,
    at,
    at,
    at,
  ];
}
