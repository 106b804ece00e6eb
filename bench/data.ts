/** Runs a statement, and returns its rows. */
export type Sql = (statement: string) => Promise<Record<string, unknown>[]>;
/** The rows 1 to `count` in a column `seq`, in the SQL of an engine. */
export type Numbers = (count: number) => string;

export const numbersOfMariadb: Numbers = (count) => `seq_1_to_${count}`;
export const numbersOfSqlite: Numbers = (count) => `(WITH RECURSIVE numbers (seq) AS
  (SELECT 1 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ${count}) SELECT seq FROM numbers)`;

/** Each owner has this many sessions. The first has a full page of messages, each other one two. */
export const sessionsPerOwner = 20;
const messagesOfFirst = 60;
const messagesOfOthers = 2;
export const messagesPerOwner = messagesOfFirst + (sessionsPerOwner - 1) * messagesOfOthers;
export const activityId = 1;
/** The time of the first message, UTC ms: all are in the past. */
export const firstAt = Date.UTC(2026, 0, 1);

export const sessionId = (number: number) => `s${number}`;

const sessionNumber = 'CAST(SUBSTR(session_id, 2) AS UNSIGNED)';
const messageCount = `CASE WHEN n.seq = 1 THEN ${messagesOfFirst} ELSE ${messagesOfOthers} END`;
/** A text of about 200 bytes, different for each message. */
const content = `CONCAT('Message ', m.seq, ' of ', s.session_id, ': ', '${'a sentence of a student '.repeat(7)}', s.userid)`;

/** Has a column of the sessions be that of their newest message. */
const newest = (column: string, of: string) => `${column} = (SELECT m.${of} FROM writeassistdev_chat m
  WHERE m.writeassistdevid = writeassistdev_chat_sessions.writeassistdevid
    AND m.userid = writeassistdev_chat_sessions.userid AND m.chat_session_id = session_id AND m.sequence = last_sequence)`;

/** Fills the tables of the store, which are empty, with the owners 1 to `owners` and their messages. */
export async function fillStore(sql: Sql, numbers: Numbers, owners: number): Promise<void> {
  const statements = [
    `INSERT INTO \`user\` (id) SELECT seq FROM ${numbers(owners)}`,
    `INSERT INTO writeassistdev (id) VALUES (${activityId})`,
    `INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid, active_session_id)
      SELECT ${activityId}, seq, NULL FROM ${numbers(owners)}`,
    `INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, title, last_sequence, message_count,
        content_bytes, last_activity_at, created_at, modified_at)
      SELECT ${activityId}, o.seq, CONCAT('s', n.seq), CONCAT('Chat ', n.seq), ${messageCount}, ${messageCount}, 0,
        ${firstAt} + n.seq * 1000000, ${firstAt} + n.seq * 1000, ${firstAt} + n.seq * 1000000
      FROM ${numbers(owners)} o JOIN ${numbers(sessionsPerOwner)} n`,
    `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, created_at,
        client_message_id, timestamp, history_time)
      SELECT s.writeassistdevid, s.userid, s.session_id, m.seq, CASE m.seq % 2 WHEN 1 THEN 'user' ELSE 'assistant' END,
        ${content}, ${firstAt} + ${sessionNumber} * 1000 + m.seq, NULL, ${firstAt} + ${sessionNumber} * 1000 + m.seq,
        ${firstAt} + ${sessionNumber} * 1000 + m.seq
      FROM writeassistdev_chat_sessions s JOIN ${numbers(messagesOfFirst)} m
      WHERE m.seq <= s.message_count ORDER BY s.userid, m.seq`,
    `UPDATE writeassistdev_chat_owners SET active_session_id = 's1'`,
    `UPDATE writeassistdev_chat_sessions SET summary_sequence = last_sequence, last_read_sequence = last_sequence,
      preview_sequence = last_sequence, ${newest('preview_text', 'content')}, ${newest('preview_role', 'role')},
      ${newest('preview_at', 'timestamp')}`,
    `UPDATE writeassistdev_chat_sessions AS s SET content_bytes = (SELECT SUM(OCTET_LENGTH(content)) FROM writeassistdev_chat m
      WHERE m.writeassistdevid = s.writeassistdevid AND m.userid = s.userid AND m.chat_session_id = s.session_id)`,
  ];
  for (const statement of statements) await sql(statement);
}

/** Remembers the state to which `resetStore` goes back. */
export async function rememberStore(sql: Sql): Promise<void> {
  await sql('CREATE TABLE bench_sessions AS SELECT * FROM writeassistdev_chat_sessions');
  await sql('CREATE UNIQUE INDEX bench_sessions_id ON bench_sessions (id)');
  await sql('CREATE TABLE bench_last AS SELECT MAX(id) AS id FROM writeassistdev_chat');
}

/** Removes what was added since `rememberStore`. */
export async function resetStore(sql: Sql): Promise<void> {
  await sql('DELETE FROM writeassistdev_chat WHERE id > (SELECT id FROM bench_last)');
  await sql(`UPDATE writeassistdev_chat_sessions s JOIN bench_sessions b ON b.id = s.id
    SET s.last_sequence = b.last_sequence, s.message_count = b.message_count, s.content_bytes = b.content_bytes,
      s.last_activity_at = b.last_activity_at, s.modified_at = b.modified_at, s.unread_count = b.unread_count,
      s.summary_sequence = b.summary_sequence, s.last_read_sequence = b.last_read_sequence,
      s.preview_sequence = b.preview_sequence, s.preview_text = b.preview_text, s.preview_role = b.preview_role,
      s.preview_at = b.preview_at
    WHERE s.last_sequence <> b.last_sequence`);
  await sql(`UPDATE writeassistdev_chat_owners SET active_session_id = 's1' WHERE active_session_id <> 's1'`);
}

/** The messages in the store, and what its counters say. */
export async function countMessages(sql: Sql): Promise<{ stored: number; counted: number }> {
  const [row] = await sql(`SELECT (SELECT COUNT(*) FROM writeassistdev_chat) AS stored,
    (SELECT SUM(message_count) FROM writeassistdev_chat_sessions) AS counted`);
  return { stored: Number(row?.stored), counted: Number(row?.counted) };
}

/** The tables of the target `obvious`, which has created them, with the same sessions and messages. */
export async function fillObvious(sql: Sql): Promise<void> {
  await sql(`INSERT INTO obvious_sessions (\`key\`, userId, id, title, isActive, metadata, lastActivityAt, createdAt,
      modifiedAt, lastReadSequence)
    SELECT id, userid, session_id, title, session_id = 's1', '{}', FROM_UNIXTIME(last_activity_at / 1000),
      FROM_UNIXTIME(created_at / 1000), FROM_UNIXTIME(modified_at / 1000), last_sequence
    FROM writeassistdev_chat_sessions`);
  await sql(`INSERT INTO obvious_messages (id, sessionKey, role, content, timestamp, sequence, createdAt)
    SELECT m.id, s.id, m.role, m.content, FROM_UNIXTIME(m.timestamp / 1000), m.sequence,
      FROM_UNIXTIME(m.created_at / 1000) FROM writeassistdev_chat m
    JOIN writeassistdev_chat_sessions s USING (writeassistdevid, userid) WHERE s.session_id = m.chat_session_id
    ORDER BY m.id`);
}
