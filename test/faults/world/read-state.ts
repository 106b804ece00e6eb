import { DatabaseSync } from '@photostructure/sqlite';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { isLive } from '../../../src/sessions/live-message-rules.js';
import type { State, StoredMessage, StoredSession } from '../history/state.js';

/** The owner is the user: all clients use one activity. What is in the trash is deleted. */
const queries = {
  messages: `SELECT id, userid AS owner, chat_session_id AS session, sequence, timestamp, content,
      OCTET_LENGTH(content) + COALESCE(OCTET_LENGTH(payload), 0) + COALESCE(OCTET_LENGTH(metadata), 0) AS bytes,
      parent_id AS parentId, revision_of AS revisionOf, on_branch AS onBranch
    FROM writeassistdev_chat WHERE ${isLive()}`,
  sessions: `SELECT userid AS owner, session_id AS id, title, message_count AS messageCount,
      content_bytes AS contentBytes, last_sequence AS lastSequence
    FROM writeassistdev_chat_sessions WHERE deleted_at IS NULL`,
  active: `SELECT userid AS owner, active_session_id AS session FROM writeassistdev_chat_owners
    WHERE active_session_id IS NOT NULL`,
};

type MessageRow = Omit<StoredMessage, 'onBranch'> & { onBranch: number | null };
type Query = <Row>(sql: string) => Promise<Row[]>;

export async function readMariadb(url: string): Promise<State> {
  const connection = await mysql2.createConnection(url);
  try {
    return await read(async <Row>(sql: string) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows as Row[];
    });
  } finally {
    await connection.end();
  }
}

export async function readSqlite(file: string): Promise<State> {
  const database = new DatabaseSync(file);
  try {
    return await read(<Row>(sql: string) => Promise.resolve(database.prepare(sql).all() as Row[]));
  } finally {
    database.close();
  }
}

async function read(query: Query): Promise<State> {
  const messages = await query<MessageRow>(queries.messages);
  return {
    messages: messages.map((row) => ({ ...row, onBranch: row.onBranch === 1 })),
    sessions: await query<StoredSession>(queries.sessions),
    active: await query<State['active'][number]>(queries.active),
  };
}
