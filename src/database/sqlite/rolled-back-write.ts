import { DatabaseSync } from '@photostructure/sqlite';
import { probeRows, textColumns } from '../probe-rows.js';
import { isIntact, probeText, type ProbeRow } from '../probe-text.js';

/**
 * Writes a message, reads it back and rolls back. No byte of the files changes: nothing is flushed before a commit, and
 * the log of a killed server is not merged at the end, for which another connection must have the file open.
 * @param isWal whether the file has a write-ahead log, which a change of the journal mode would end
 * @returns the column that does not hold every character, if there is one
 * @throws the driver's error
 */
export function writeAndRollBack(file: string, isWal: boolean): string | undefined {
  const database = new DatabaseSync(file, { timeout: 100 });
  try {
    let row: ProbeRow | undefined;
    // `exec` keeps no statement: with one, the connection would stay open after `close` until garbage collection.
    database.function('keep_row', (stored: unknown, returned: unknown) => {
      row = { stored: String(stored), returned: String(returned) };
      return null;
    });
    database.exec(isWal ? 'PRAGMA foreign_keys = ON' : 'PRAGMA foreign_keys = ON; PRAGMA journal_mode = MEMORY');
    database.exec('PRAGMA cache_spill = OFF; BEGIN IMMEDIATE');
    const { activity, rows } = probeRows();
    for (const { sql, parameters } of rows) database.exec(withValues(sql, parameters));
    for (const { table, column, key } of textColumns) {
      row = undefined;
      database.exec(withValues(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, [probeText, activity]));
      database.exec(
        withValues(`SELECT keep_row(hex(${column}), ${column}) FROM ${table} WHERE ${key} = ?`, [activity]),
      );
      if (!isIntact(row)) return `${table}.${column}`;
    }
    return undefined;
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
    database.close();
  }
}

/** Constants of this service. */
function withValues(sql: string, values: (string | number)[]): string {
  const literals = values.map((value) => (typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`));
  return sql.replace(/\?/g, () => String(literals.shift()));
}
