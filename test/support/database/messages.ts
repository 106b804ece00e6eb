import type { Owner } from '../../../src/owners/owner.js';
import { numbers } from './access.js';
import type { TestServer } from '../http/server.js';

const perStatement = 500;

/** Inserts messages into a session of the owner, faster than the API, and counts them. */
export async function plantMessages(
  { dataSource }: TestServer,
  { activityId, userId }: Owner,
  session: string,
  count: number,
  content = 'planted',
): Promise<void> {
  const key = [activityId, userId, session];
  const [row] = await dataSource.query<{ last: number | string }[]>(
    `SELECT last_sequence AS last FROM writeassistdev_chat_sessions
     WHERE writeassistdevid = ? AND userid = ? AND session_id = ?`,
    key,
  );
  const last = Number(row?.last);
  for (let start = 0; start < count; start += perStatement) {
    const sequences = numbers(Math.min(perStatement, count - start)).map((index) => last + start + index + 1);
    const rows = sequences.map((sequence) => [...key, sequence, 'user', content, sequence, sequence, sequence]);
    await dataSource.query(
      `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
         created_at, history_time) VALUES ${rows.map((row) => `(${row.map(() => '?').join()})`).join()}`,
      rows.flat(),
    );
  }
  await dataSource.query(
    `UPDATE writeassistdev_chat_sessions SET last_sequence = last_sequence + ?, message_count = message_count + ?,
       content_bytes = content_bytes + ? WHERE writeassistdevid = ? AND userid = ? AND session_id = ?`,
    [count, count, count * Buffer.byteLength(content), ...key],
  );
}
