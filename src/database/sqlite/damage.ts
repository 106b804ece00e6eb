interface Readable {
  prepare(sql: string): { all(): unknown[] };
}

/** What is wrong with the file, in SQLite's words in one line; undefined when nothing is. */
export function findDamage(database: Readable): string | undefined {
  const [first] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (first?.integrity_check !== 'ok') return first?.integrity_check.replaceAll(/\s+/g, ' ') ?? 'unknown';
  const [orphan] = database.prepare('PRAGMA foreign_key_check').all() as { table: string; parent: string }[];
  return orphan && `a row of ${orphan.table} refers to no row of ${orphan.parent}`;
}
