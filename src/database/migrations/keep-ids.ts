import type { QueryRunner } from 'typeorm';

export function isSqlite(runner: QueryRunner): boolean {
  return runner.dataSource.options.type === 'better-sqlite3';
}

/**
 * Does work that changes the table and keeps its last generated id. TypeORM changes a table on SQLite by copying it, and
 * the new table would give the ids of deleted rows again.
 */
export async function keepingIds(runner: QueryRunner, table: string, work: () => Promise<void>): Promise<void> {
  const rows = isSqlite(runner)
    ? ((await runner.query('SELECT seq FROM sqlite_sequence WHERE name = ?', [table])) as { seq: number }[])
    : [];
  await work();
  const lastId = rows[0]?.seq ?? 0;
  if (lastId === 0) return;
  await runner.query('DELETE FROM sqlite_sequence WHERE name = ?', [table]);
  await runner.query('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [table, lastId]);
}
