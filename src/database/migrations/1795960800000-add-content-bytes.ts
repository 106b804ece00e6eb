import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isSqlite } from './keep-ids.js';

const chat = 'writeassistdev_chat';
const sessions = 'writeassistdev_chat_sessions';
const column = 'content_bytes';
/** Each statement locks the rows of so many sessions while it reads their messages. */
const sessionsPerStatement = 100;

/**
 * Adds the size of each session's contents (docs/adr/0033-quotas.md) and counts what is stored. Servers of older versions
 * may save meanwhile: their sessions are counted when no transaction holds them.
 */
export class AddContentBytes1795960800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn(sessions, column))) {
      // SQLite can add a column; TypeORM would recreate the table, which foreign keys refer to.
      const definition = isSqlite(runner)
        ? `"${column}" integer NOT NULL DEFAULT (0)`
        : `${column} bigint NOT NULL DEFAULT 0`;
      await runner.query(`ALTER TABLE ${sessions} ADD COLUMN ${definition}`);
    }
    await countBytes(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn(sessions, column)) await runner.query(`ALTER TABLE ${sessions} DROP COLUMN ${column}`);
  }
}

async function countBytes(runner: QueryRunner): Promise<void> {
  for (let last = 0; ;) {
    const rows = (await runner.query(
      `SELECT MAX(id) AS id FROM (SELECT id FROM ${sessions} WHERE id > ? ORDER BY id LIMIT ${sessionsPerStatement}) step`,
      [last],
    )) as [{ id: number | string | null }];
    const [{ id }] = rows;
    if (id === null) return;
    await runner.query(`UPDATE ${sessions} SET ${column} = (${bytesOfSession}) WHERE id > ? AND id <= ?`, [last, id]);
    last = Number(id);
  }
}

const bytesOfSession = `SELECT COALESCE(SUM(OCTET_LENGTH(content)), 0) FROM ${chat}
  WHERE ${['writeassistdevid', 'userid'].map((name) => `${chat}.${name} = ${sessions}.${name}`).join(' AND ')}
    AND ${chat}.chat_session_id = ${sessions}.session_id`;
