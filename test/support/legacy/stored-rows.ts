import type { Owner } from '../../../src/owners/owner.js';
import { isLive } from '../../../src/sessions/live-message-rules.js';
import { count, sqlOf } from '../database/access.js';
import type { TestServer } from '../http/server.js';

const owned = 'writeassistdevid = ? AND userid = ?';

export interface StoredSession {
  id: number;
  session_id: string;
  title: string;
  last_sequence: number;
  message_count: number;
  last_activity_at: number;
  created_at: number;
  modified_at: number;
}

export interface StoredMessage {
  id: number;
  chat_session_id: string;
  sequence: number;
  role: string;
  content: string;
  timestamp: number;
  created_at: number;
  client_message_id: string | null;
  history_time: number;
}

/** Everything that an owner has, without what is in the trash; times in milliseconds, rows in the order of their ids. */
export interface Stored {
  owners: number;
  active: string | null;
  sessions: StoredSession[];
  messages: StoredMessage[];
}

export const nothing: Stored = { owners: 0, active: null, sessions: [], messages: [] };

export async function storedOf(server: TestServer, { activityId, userId }: Owner): Promise<Stored> {
  const sql = sqlOf(server);
  const owner = [activityId, userId];
  const pointer = await sql.queryOne<{ active: string | null }>(
    `SELECT active_session_id AS active FROM writeassistdev_chat_owners WHERE ${owned}`,
    owner,
  );
  return {
    owners: await count(sql, 'writeassistdev_chat_owners', owned, owner),
    active: pointer?.active ?? null,
    sessions: await sql.query<StoredSession>(
      `SELECT id, session_id, title, last_sequence, message_count, last_activity_at, created_at, modified_at
       FROM writeassistdev_chat_sessions WHERE ${owned} AND deleted_at IS NULL ORDER BY id`,
      owner,
    ),
    messages: await sql.query<StoredMessage>(
      `SELECT id, chat_session_id, sequence, role, content, timestamp, created_at, client_message_id, history_time
       FROM writeassistdev_chat WHERE ${owned} AND ${isLive()} ORDER BY id`,
      owner,
    ),
  };
}
