import {
  compatibilityTable,
  migrationsTable,
  selectExecuted,
  type ExecutedMigration,
} from '../migrations/schema-compatibility.js';
import { findDamage } from './damage.js';
import { SqliteDatabase } from './sqlite-driver.js';

/** What a database file that no process uses has. */
export interface StoredFile {
  /** What is wrong with it; undefined when nothing is. */
  damage: string | undefined;
  /** Executed migrations, oldest first; none if it is not a database of this service. */
  migrations: ExecutedMigration[];
  sessions: number;
  messages: number;
}

/**
 * Merges the logs of a database into its file, so that the file alone is the database, and checks it.
 * @throws the driver's error when it is not a database, or too damaged to be read
 */
export function sealFile(file: string): StoredFile {
  const database = new SqliteDatabase(file);
  try {
    // Without the file for shared memory, which a database in use has beside it.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE');
    const all = (sql: string) => database.prepare(sql).all();
    const has = (table: string) => all(`SELECT 1 FROM sqlite_master WHERE name = '${table}'`).length > 0;
    const count = (table: string) =>
      has(table) ? ((all(`SELECT COUNT(*) AS count FROM ${table}`) as { count: number }[])[0]?.count ?? 0) : 0;
    const migrations = has(migrationsTable) ? all(selectExecuted(has(compatibilityTable))) : [];
    return {
      damage: findDamage(database),
      migrations: migrations as ExecutedMigration[],
      sessions: count('writeassistdev_chat_sessions'),
      messages: count('writeassistdev_chat'),
    };
  } finally {
    database.close();
  }
}
