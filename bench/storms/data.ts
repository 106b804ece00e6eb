import { activityId, firstAt, type Sql } from '../data.js';

export const deepMessages = 100_000;
export const manySessions = 2_000;
export const fewSessions = 5;

/** Owners of their own, whose ids follow those of the others. */
export interface StormOwners {
  /** Has a session `deep` with many messages, and a session `s1` without any. */
  deep: number;
  /** Has many sessions, `s1` and so on. */
  many: number;
  few: number;
}

export async function fillStorms(sql: Sql, owners: number): Promise<StormOwners> {
  const [deep, many, few] = [owners + 1, owners + 2, owners + 3];
  for (const owner of [deep, many, few]) {
    await sql(`INSERT INTO \`user\` (id) VALUES (${owner})`);
    await sql(`INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid, active_session_id)
      VALUES (${activityId}, ${owner}, 's1')`);
  }
  await addSessions(sql, deep, 1);
  await addSessions(sql, many, manySessions);
  await addSessions(sql, few, fewSessions);
  await sql(`INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, title, last_sequence,
      summary_sequence, message_count, content_bytes, last_activity_at, created_at, modified_at)
    VALUES (${activityId}, ${deep}, 'deep', 'Deep', ${deepMessages}, ${deepMessages}, ${deepMessages}, ${deepMessages * 200}, ${firstAt},
      ${firstAt}, ${firstAt})`);
  await sql(`INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content,
      created_at, client_message_id, timestamp, history_time)
    SELECT ${activityId}, ${deep}, 'deep', seq, 'user', RPAD(CONCAT('Message ', seq), 200, ' text'), ${firstAt} + seq,
      NULL, ${firstAt} + seq, ${firstAt} + seq FROM seq_1_to_${deepMessages}`);
  return { deep, many, few };
}

function addSessions(sql: Sql, owner: number, count: number) {
  return sql(`INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, title, last_sequence,
      message_count, content_bytes, last_activity_at, created_at, modified_at)
    SELECT ${activityId}, ${owner}, CONCAT('s', seq), CONCAT('Chat ', seq), 0, 0, 0, ${firstAt} + seq, ${firstAt} + seq,
      ${firstAt} + seq FROM seq_1_to_${count}`);
}
