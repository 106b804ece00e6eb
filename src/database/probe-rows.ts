import { randomInt } from 'node:crypto';

/** The columns with texts of users, in rows of the probe's owner. */
export const textColumns = [
  { table: 'writeassistdev', column: 'name', key: 'id' },
  { table: 'writeassistdev_chat_sessions', column: 'title', key: 'writeassistdevid' },
  { table: 'writeassistdev_chat', column: 'content', key: 'writeassistdevid' },
];

/**
 * Statements that insert one message with all rows that it needs, for a transaction that is rolled back.
 * @returns the id of the activity, too
 */
export function probeRows(): { activity: number; rows: { sql: string; parameters: number[] }[] } {
  // Random ones that Moodle does not reach, so that servers that start together do not wait for each other.
  const [activity, user] = [randomId(), randomId()];
  const owner = [activity, user];
  const rows = [
    { sql: 'INSERT INTO user (id) VALUES (?)', parameters: [user] },
    { sql: 'INSERT INTO writeassistdev (id) VALUES (?)', parameters: [activity] },
    { sql: 'INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (?, ?)', parameters: owner },
    {
      sql: `INSERT INTO writeassistdev_chat_sessions
        (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at) VALUES (?, ?, 'probe', 0, 0, 0)`,
      parameters: owner,
    },
    {
      sql: `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
        created_at, history_time) VALUES (?, ?, 'probe', 1, 'user', '', 0, 0, 0)`,
      parameters: owner,
    },
  ];
  return { activity, rows };
}

function randomId(): number {
  return randomInt(4_000_000_000, 4_294_967_296);
}
