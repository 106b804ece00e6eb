import { DatabaseSync } from '@photostructure/sqlite';
import { sha256Hex } from '../../common/hash.js';

type Value = null | number | bigint | string | Uint8Array;

interface Statement {
  /** Whether the statement returns rows. */
  reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
}

/** How long SQLite waits for a lock of another process. Short, since the wait blocks the event loop. */
const busyTimeoutMs = 100;

/**
 * The part of better-sqlite3's interface that TypeORM uses, on top of @photostructure/sqlite, which has the interface of
 * node:sqlite and prebuilt binaries (docs/adr/0001-embedded-engine.md).
 */
export class SqliteDatabase {
  readonly #database: InstanceType<typeof DatabaseSync>;

  constructor(
    file: string,
    private readonly options: { readonly: boolean } = { readonly: false },
  ) {
    this.#database = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: options.readonly });
    this.#database.function('sha256', { deterministic: true }, (bytes: unknown) =>
      bytes instanceof Uint8Array ? sha256Hex(bytes) : null,
    );
  }

  /** Whether a transaction is open. */
  get isTransaction(): boolean {
    return this.#database.isTransaction;
  }

  pragma(text: string): unknown[] {
    return this.#database.prepare(`PRAGMA ${text}`).all();
  }

  exec(sql: string): this {
    this.#database.exec(sql);
    return this;
  }

  prepare(sql: string): Statement {
    const statement = this.#database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (...parameters) => statement.all(...parameters.map(bindable)) as unknown[],
      run: (...parameters) => statement.run(...parameters.map(bindable)),
    };
  }

  /** Closes the database. Unless it is read-only, the write-ahead log is merged, so that the file alone is all of it. */
  close(): this {
    if (this.options.readonly) {
      this.#database.close();
      return this;
    }
    if (this.isTransaction) this.exec('ROLLBACK');
    // SQLite keeps the connection until its statements are garbage-collected: release the log and the lock before.
    this.pragma('journal_mode = DELETE');
    this.pragma('locking_mode = NORMAL');
    this.#database.prepare('SELECT 1 FROM sqlite_master').all();
    this.#database.close();
    return this;
  }
}

function bindable(value: unknown): Value {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    value instanceof Uint8Array
  ) {
    return value;
  }
  throw new TypeError(`a ${typeof value} cannot be bound to an SQL parameter`);
}
