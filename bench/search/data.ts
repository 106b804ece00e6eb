import { DatabaseSync } from '@photostructure/sqlite';
import mysql2 from 'mysql2/promise';
import { foldIfShort } from '../../src/common/fold.js';
import { activityId, firstAt } from '../data.js';

/** Words of different frequency: the first is in most messages. */
const vocabulary = Array.from({ length: 5000 }, (_, index) => {
  const syllables = ['ra', 'ße', 'lo', 'mi', 'ken', 'tö', 'du', 'si'];
  return [1, 8, 64, 512].map((unit) => syllables[Math.floor(index / unit) % 8]).join('') + String(index % 7);
});
const wordsPerMessage = 60;
const rowsPerStatement = 500;
const messagesPerSession = 1000;

/** A word that nearly every message has, and one that the oldest message of each owner has. */
export const words = { common: 'the', rare: 'platypus' };

/** Rows of a table for one statement. */
export type Insert = (table: string, columns: string[], rows: unknown[][]) => Promise<void>;

/** The owners 1 to `owners`, of whom the first has `messagesOfFirst` messages and the others `messagesOfOthers`. */
export async function fillSearch(
  insert: Insert,
  owners: number,
  messagesOfFirst: number,
  messagesOfOthers: number,
): Promise<void> {
  await insert('writeassistdev', ['id'], [[activityId]]);
  for (let owner = 1; owner <= owners; owner++) {
    const count = owner === 1 ? messagesOfFirst : messagesOfOthers;
    await insert('user', ['id'], [[owner]]);
    await insert('writeassistdev_chat_owners', ['writeassistdevid', 'userid'], [[activityId, owner]]);
    const sessions = Array.from({ length: Math.ceil(count / messagesPerSession) }, (_, index) => {
      const size = Math.min(messagesPerSession, count - index * messagesPerSession);
      const at = firstAt + index * messagesPerSession;
      return [activityId, owner, `s${index}`, `Chat ${vocabulary[index]}`, size, size, size, at + size, at, at];
    });
    await insert(
      'writeassistdev_chat_sessions',
      [
        'writeassistdevid',
        'userid',
        'session_id',
        'title',
        'last_sequence',
        'summary_sequence',
        'message_count',
        ...times,
      ],
      sessions,
    );
    for (let start = 0; start < count; start += rowsPerStatement) {
      const length = Math.min(rowsPerStatement, count - start);
      const rows = Array.from({ length }, (_, index) => messageRow(owner, start + index));
      await insert('writeassistdev_chat', columns, rows);
    }
  }
}

const times = ['last_activity_at', 'created_at', 'modified_at'];
const columns = [
  ...['writeassistdevid', 'userid', 'chat_session_id', 'sequence', 'role', 'content'],
  ...['created_at', 'timestamp', 'history_time', 'folded'],
];

function messageRow(owner: number, index: number): unknown[] {
  const session = Math.floor(index / messagesPerSession);
  const chosen = Array.from({ length: wordsPerMessage }, () => vocabulary[Math.floor(5000 * Math.random() ** 3)]);
  if (index % 10 !== 0) chosen[7] = words.common;
  if (index % 50 === 0) chosen[30] = '編程';
  if (index === 0) chosen[50] = words.rare;
  const content = chosen.join(' ');
  const at = firstAt + index;
  const key = [activityId, owner, `s${session}`, (index % messagesPerSession) + 1];
  return [...key, index % 2 === 0 ? 'user' : 'assistant', content, at, at, at, foldIfShort(content)];
}

export async function withMariadb(url: string, work: (insert: Insert) => Promise<void>): Promise<void> {
  const connection = await mysql2.createConnection({ uri: url });
  try {
    await work(async (table, names, rows) => {
      await connection.query(`INSERT INTO ${table} (${names.join(', ')}) VALUES ?`, [rows]);
    });
    await connection.query('ANALYZE TABLE writeassistdev_chat, writeassistdev_chat_sessions');
  } finally {
    await connection.end();
  }
}

export async function withSqlite(file: string, work: (insert: Insert) => Promise<void>): Promise<void> {
  const database = new DatabaseSync(file);
  try {
    await work((table, names, rows) => {
      const placeholders = names.map(() => '?').join(', ');
      const statement = database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${placeholders})`);
      database.exec('BEGIN');
      for (const row of rows) statement.run(...(row as string[]));
      database.exec('COMMIT');
      return Promise.resolve();
    });
  } finally {
    database.close();
  }
}
