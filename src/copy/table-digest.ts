import { createHash } from 'node:crypto';
import type { Parameter } from '../database/sql/sql-client.js';

/** The values of a row in the order of the table's columns; bytes are texts in UTF-8. */
export type Row = Parameter[];

export interface Digest {
  rows: number;
  /** SHA-256 over all values of all rows in the order of the primary key, in hexadecimal digits. */
  sha256: string;
}

/** Computes a digest row by row. Both engines give the same one for the same rows. */
export class TableDigest {
  rows = 0;
  readonly #hash = createHash('sha256');

  add(row: Row): void {
    this.rows++;
    this.#hash.update(JSON.stringify(row.map((value) => (value === null ? null : String(value)))));
  }

  /** The digest of the rows so far. */
  current(): Digest {
    return { rows: this.rows, sha256: this.#hash.copy().digest('hex') };
  }
}

export function isSame(one: Digest, other: Digest): boolean {
  return one.rows === other.rows && one.sha256 === other.sha256;
}
