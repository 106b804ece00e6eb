import type { MigrationInterface, QueryRunner } from 'typeorm';
import { previewRoles, previewSourceCodeUnits, toPreview } from '../../common/preview.js';
import { forceIndex } from '../sql/sql-client.js';
import { isSqlite } from './keep-ids.js';
import { rebuildTable } from './rebuild-table.js';

const sessions = 'writeassistdev_chat_sessions';
const chat = 'writeassistdev_chat';
/** Sessions of one step: its statement locks their rows. */
const sessionsPerStep = 200;
/** Between two lines of the log. */
const logIntervalMs = 10_000;
const ascii = 'CHARACTER SET ascii COLLATE ascii_bin';
/** In the order of the table, with their definitions on SQLite and on MySQL, which adds all of them without a copy. */
const columns: [name: string, sqlite: string, mysql: string][] = [
  ['preview_text', 'varchar(200)', 'varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL'],
  ['preview_role', 'varchar(9)', `varchar(9) ${ascii} NULL`],
  ['preview_at', 'integer', 'bigint NULL'],
  ['preview_sequence', 'integer', 'bigint NULL'],
  ['last_read_sequence', 'integer NOT NULL DEFAULT (0)', 'bigint NOT NULL DEFAULT 0'],
  ['unread_count', 'integer NOT NULL DEFAULT (0)', 'int unsigned NOT NULL DEFAULT 0'],
  ['summary_sequence', 'integer NOT NULL DEFAULT (0)', 'bigint NOT NULL DEFAULT 0'],
];

/** A session with the newest of its messages that a list may show; without one, its columns are NULL. */
interface StoredSession {
  id: number | string;
  lastSequence: number | string;
  sequence: number | string | null;
  role: string | null;
  timestamp: number | string | null;
  content: string | null;
}

/**
 * Adds what a list shows of a session's messages (docs/adr/0046-summaries.md). The messages of before are read. Servers of
 * older versions may save meanwhile: `summary_sequence` then tells that the summary is to be computed again.
 */
export class AddPreviews1796101200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, sqlite, mysql] of columns) {
      if (await runner.hasColumn(sessions, name)) continue;
      // SQLite can add a column; TypeORM would recreate the table, which foreign keys refer to.
      const definition = isSqlite(runner) ? `"${name}" ${sqlite}` : `${name} ${mysql}`;
      await runner.query(`ALTER TABLE ${sessions} ADD COLUMN ${definition}`);
    }
    await summarise(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of columns.toReversed()) {
      if (await runner.hasColumn(sessions, name)) await runner.query(`ALTER TABLE ${sessions} DROP COLUMN ${name}`);
    }
    await rebuildTable(runner, sessions);
  }
}

/** In steps, each of which is complete: the next run continues after the last one. */
async function summarise(runner: QueryRunner): Promise<void> {
  let [last, done, logged] = [0, 0, Date.now()];
  for (;;) {
    const rows = (await runner.query(selectStep, [last])) as StoredSession[];
    if (rows.length === 0) return;
    await updateStep(runner, rows);
    last = Number(rows.at(-1)?.id);
    done += rows.length;
    if (Date.now() - logged < logIntervalMs) continue;
    logged = Date.now();
    runner.dataSource.logger.logMigration(`previews: ${done} sessions done`, runner);
  }
}

const ofSession = (message: string) => `${message}.writeassistdevid = s.writeassistdevid
  AND ${message}.userid = s.userid AND ${message}.chat_session_id = s.session_id`;
const selectStep = `
  SELECT s.id AS id, s.last_sequence AS lastSequence, m.sequence AS sequence, m.role AS role,
    m.timestamp AS timestamp, SUBSTR(m.content, 1, ${previewSourceCodeUnits}) AS content
  FROM (SELECT id, last_sequence, writeassistdevid, userid, session_id FROM ${sessions}
    WHERE id > ? AND summary_sequence <> last_sequence ORDER BY id LIMIT ${sessionsPerStep}) s
  LEFT JOIN ${chat} m ${forceIndex('unique_chat_sequence')} ON ${ofSession('m')} AND m.sequence = (
    SELECT n.sequence FROM ${chat} n ${forceIndex('unique_chat_sequence')} WHERE ${ofSession('n')}
      AND n.role IN (${previewRoles.map((role) => `'${role}'`).join()}) AND OCTET_LENGTH(n.content) > 0
    ORDER BY n.sequence DESC LIMIT 1)
  ORDER BY s.id`;

/** Sets the summaries as of the sequences that were read. Nothing of before is unread. */
async function updateStep(runner: QueryRunner, rows: StoredSession[]): Promise<void> {
  const previews = rows.map(({ role, content, timestamp }) =>
    toPreview({ role: role ?? '', content: content ?? '', timestamp: Number(timestamp) }),
  );
  const values: Record<string, unknown[]> = {
    preview_text: previews.map((preview) => preview?.text ?? null),
    preview_role: previews.map((preview) => preview?.role ?? null),
    preview_at: previews.map((preview) => preview?.timestamp ?? null),
    preview_sequence: rows.map(({ sequence }) => sequence),
    last_read_sequence: rows.map(({ lastSequence }) => lastSequence),
    summary_sequence: rows.map(({ lastSequence }) => lastSequence),
  };
  const ids = rows.map(({ id }) => id);
  const cases = ids.map(() => 'WHEN ? THEN ?').join(' ');
  const set = Object.keys(values).map((column) => `${column} = CASE id ${cases} END`);
  const parameters = Object.values(values).flatMap((column) => column.flatMap((value, index) => [ids[index], value]));
  await runner.query(`UPDATE ${sessions} SET ${set.join(', ')} WHERE id IN (${ids.map(() => '?').join()})`, [
    ...parameters,
    ...ids,
  ]);
}
