import type { SqlClient } from '../../database/sql/sql-client.js';
import type { TransactionRunner } from '../../database/transactions/transaction-runner.js';
import type { Owner } from '../../owners/owner.js';
import type { Retry, SqlReader } from '../connection-retry.js';
import { ImportDifference } from '../ledger/import-difference.entity.js';
import type { ImportFilter } from '../source/plugin-types.js';
import type { Difference } from './difference.js';

/** Both sides of an acknowledged difference. */
export type AcknowledgedDigests = Pick<Difference, 'sourceDigest' | 'targetDigest'>;

/** Where acknowledged differences are read and written. */
export interface AcknowledgementTarget {
  reader: SqlReader;
  sql: SqlClient;
  transactions: TransactionRunner;
  retry: Retry;
}

/** Reads and writes the acknowledged differences of one source. */
export class AcknowledgementRepository {
  /** What new acknowledgements have as their source until all of them are saved. */
  readonly #pending: string;

  constructor(
    private readonly target: AcknowledgementTarget,
    private readonly source: string,
  ) {
    this.#pending = `${source} pending`;
  }

  /** The acknowledged differences of an owner by `differenceKey`. */
  async find({ activityId, userId }: Owner): Promise<Map<string, AcknowledgedDigests>> {
    const rows = await this.target.reader.query<AcknowledgedDigests & { sourceTable: string; rowId: number }>(
      `SELECT source_table AS sourceTable, row_id AS rowId, source_digest AS sourceDigest, target_digest AS targetDigest
       FROM writeassistdev_chat_import_differences WHERE writeassistdevid = ? AND userid = ? AND source = ?`,
      [activityId, userId, this.source],
    );
    return new Map(rows.map((row) => [differenceKey({ table: row.sourceTable, rowId: row.rowId }), row]));
  }

  /**
   * Saves differences, which are acknowledged by `replace`.
   * @param now UTC milliseconds
   */
  async save(differences: Difference[], now: number): Promise<void> {
    if (differences.length === 0) return;
    const values = differences.map(({ owner, table, rowId, sourceDigest, targetDigest }) => {
      const row = { source: this.#pending, sourceTable: table, rowId, sourceDigest, targetDigest };
      return { ...owner, ...row, acknowledgedAt: now };
    });
    const { transactions, retry } = this.target;
    // A repeated attempt finds the rows of one that was committed without an answer.
    await retry(() =>
      transactions.run(() =>
        transactions.manager
          .createQueryBuilder()
          .insert()
          .updateEntity(false)
          .orIgnore()
          .into(ImportDifference)
          .values(values)
          .execute(),
      ),
    );
  }

  /** Removes the saved differences of a run that has failed. */
  async discardPending(): Promise<void> {
    await this.write((sql) =>
      sql.execute('DELETE FROM writeassistdev_chat_import_differences WHERE source = ?', [this.#pending]),
    );
  }

  /**
   * Replaces the acknowledgements of the filter's user and activity by the saved differences.
   * @param now as given to `save`: a repeated attempt keeps what the lost one has committed
   */
  async replace(filter: ImportFilter, now: number): Promise<void> {
    await this.write(async (sql) => {
      await this.remove(sql, filter, now);
      await sql.execute('UPDATE writeassistdev_chat_import_differences SET source = ? WHERE source = ?', [
        this.source,
        this.#pending,
      ]);
    });
  }

  /** Removes the acknowledgements of the filter's user and activity; without them all of this source. */
  async withdraw(filter: ImportFilter): Promise<void> {
    await this.write((sql) => this.remove(sql, filter, -1));
  }

  private remove(sql: SqlClient, { activityId, userId }: ImportFilter, exceptOf: number) {
    return sql.execute(
      `DELETE FROM writeassistdev_chat_import_differences WHERE source = ? AND acknowledged_at <> ?
         AND writeassistdevid = COALESCE(?, writeassistdevid) AND userid = COALESCE(?, userid)`,
      [this.source, exceptOf, activityId ?? null, userId ?? null],
    );
  }

  private async write(work: (sql: SqlClient) => Promise<unknown>): Promise<void> {
    const { transactions, sql, retry } = this.target;
    await retry(() => transactions.run(() => work(sql)));
  }
}

export function differenceKey({ table, rowId }: Pick<Difference, 'table' | 'rowId'>): string {
  return `${table} ${rowId}`;
}
