import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { foldTitle } from '../../common/fold.js';
import { isSqlite } from './keep-ids.js';
import { rebuildTable } from './rebuild-table.js';

const sessions = 'writeassistdev_chat_sessions';
const titleIndex = new TableIndex({
  name: 'ix_chat_sessions_title',
  columnNames: ['writeassistdevid', 'userid', 'title_folded', 'id'],
});
/** Sessions of one step: its statement locks their rows. */
const sessionsPerStep = 200;
/** In the order of the table, with their definitions on SQLite and on MySQL, which adds all of them without a copy. */
const columns: [name: string, sqlite: string, mysql: string][] = [
  ['title_folded', 'blob(2048)', 'varbinary(2048) NULL'],
  ['title_source', 'varchar(9)', 'varchar(9) CHARACTER SET ascii COLLATE ascii_bin NULL'],
  ['pinned', 'tinyint NOT NULL DEFAULT (0)', 'tinyint NOT NULL DEFAULT 0'],
  ['archived', 'tinyint NOT NULL DEFAULT (0)', 'tinyint NOT NULL DEFAULT 0'],
  ['metadata', 'text', 'text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL'],
  ['version', 'integer NOT NULL DEFAULT (1)', 'int unsigned NOT NULL DEFAULT 1'],
];

/**
 * Adds what organises sessions (docs/adr/0042-organising.md), and folds their titles. Servers of older versions may run
 * meanwhile: a title that changes while it is folded is left to the server that reads it.
 */
export class AddOrganising1796086800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, sqlite, mysql] of columns) {
      if (await runner.hasColumn(sessions, name)) continue;
      // SQLite can add a column; TypeORM would recreate the table, which foreign keys refer to.
      const definition = isSqlite(runner) ? `"${name}" ${sqlite}` : `${name} ${mysql}`;
      await runner.query(`ALTER TABLE ${sessions} ADD COLUMN ${definition}`);
    }
    await foldTitles(runner);
    const { indices = [] } = (await runner.getTable(sessions)) ?? {};
    if (!indices.some(({ name }) => name === titleIndex.name)) await runner.createIndex(sessions, titleIndex.clone());
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(sessions, titleIndex.name ?? '', true);
    for (const [name] of columns.toReversed()) {
      if (await runner.hasColumn(sessions, name)) await runner.query(`ALTER TABLE ${sessions} DROP COLUMN ${name}`);
    }
    await rebuildTable(runner, sessions);
  }
}

async function foldTitles(runner: QueryRunner): Promise<void> {
  for (let last = 0; ;) {
    const rows = (await runner.query(
      `SELECT id, title FROM ${sessions} WHERE id > ? AND title_folded IS NULL ORDER BY id LIMIT ${sessionsPerStep}`,
      [last],
    )) as { id: number | string; title: string }[];
    if (rows.length === 0) return;
    const cases = rows.map(() => 'WHEN id = ? AND title = ? THEN ?').join(' ');
    const parameters = rows.flatMap(({ id, title }) => [id, title, foldTitle(title)]);
    const ids = rows.map(({ id }) => id);
    await runner.query(
      `UPDATE ${sessions} SET title_folded = CASE ${cases} END WHERE id IN (${ids.map(() => '?').join()})`,
      [...parameters, ...ids],
    );
    last = Number(ids.at(-1));
  }
}
