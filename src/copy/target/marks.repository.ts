import { copyTable } from '../../database/copy-table.js';
import { bulkInsert } from '../../database/sql/bulk-insert.js';
import type { SqlClient } from '../../database/sql/sql-client.js';
import type { Digest } from '../table-digest.js';

/** What the target records about the copy of one table. */
export interface CopyMark {
  /** The source when the copy began. */
  source: Digest;
  /** Rows of the source that were copied, in the order of the primary key. */
  copied: number;
  /** When all tables were found to be the same, in UTC milliseconds; null before. */
  verifiedAt: number | null;
}

interface MarkRow {
  name: string;
  sourceRows: number;
  sha256: string;
  copied: number;
  verifiedAt: number | null;
}

/** Reads and writes the marks of a copy. */
export class MarksRepository {
  constructor(private readonly sql: SqlClient) {}

  /** By table. */
  async read(): Promise<Map<string, CopyMark>> {
    const marks = await this.sql.query<MarkRow>(
      `SELECT table_name AS name, source_rows AS sourceRows, source_sha256 AS sha256, copied_rows AS copied,
         verified_at AS verifiedAt FROM ${copyTable}`,
      [],
    );
    return new Map(
      marks.map(({ name, sourceRows, sha256, copied, verifiedAt }) => {
        return [name, { source: { rows: sourceRows, sha256 }, copied, verifiedAt }];
      }),
    );
  }

  /** Replaces all marks. Inside a transaction. */
  async begin(source: Map<string, Digest>): Promise<void> {
    await this.sql.execute(`DELETE FROM ${copyTable}`, []);
    const rows = [...source].map(([name, { rows, sha256 }]) => [name, rows, sha256, 0]);
    await bulkInsert(this.sql, copyTable, ['table_name', 'source_rows', 'source_sha256', 'copied_rows'], rows);
  }

  /**
   * Inside the transaction that inserts the rows.
   * @returns false when another copy has advanced the mark
   */
  async advance(name: string, from: number, to: number): Promise<boolean> {
    const { affected } = await this.sql.execute(
      `UPDATE ${copyTable} SET copied_rows = ? WHERE table_name = ? AND copied_rows = ?`,
      [to, name, from],
    );
    return affected === 1;
  }

  /** @param now UTC milliseconds */
  async setVerified(now: number): Promise<void> {
    await this.sql.execute(`UPDATE ${copyTable} SET verified_at = ?`, [now]);
  }
}
