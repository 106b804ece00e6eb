import type { QueryRunner } from 'typeorm';

/**
 * Records what a copy from SQLite has brought into this database (docs/adr/0020-copy.md): a row for each table. It exists
 * only where chats were copied to, so it is no entity.
 */
export const copyTable = 'writeassistdev_chat_copies';

export const createCopyTable = `CREATE TABLE IF NOT EXISTS ${copyTable} (
  table_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  source_rows BIGINT NOT NULL,
  source_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  copied_rows BIGINT NOT NULL,
  verified_at BIGINT NULL
) ENGINE=InnoDB`;

/** `unfinished`: it was interrupted, runs now, or found a difference at its end. */
export type CopyState = 'none' | 'unfinished' | 'verified';

/** What a copy has done in this database. */
export async function readCopyState(runner: QueryRunner): Promise<CopyState> {
  if (!(await runner.hasTable(copyTable))) return 'none';
  const marks = (await runner.query(`SELECT verified_at FROM ${copyTable}`)) as { verified_at: number | null }[];
  if (marks.length === 0) return 'none';
  return marks.every((mark) => mark.verified_at !== null) ? 'verified' : 'unfinished';
}
