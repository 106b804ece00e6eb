import type { Batch } from '../batch.js';

/** Rows of one table of the source. */
export interface Counts {
  read: number;
  imported: number;
  alreadyThere: number;
  skipped: number;
}

/** A row that did not come over, or came over otherwise than it was. */
export interface Remark {
  kind: 'skipped' | 'changed' | 'different';
  table: string;
  row: string;
  reason: string;
}

/** Where remarks go at once: there may be more of them than memory. */
export type Remarks = (remark: Remark) => void;

/** What an import has done, or a dry run would do. */
export class Report {
  readonly tables = new Map<string, Counts>();
  /** Sessions that were made for messages that had none. */
  sessionsMade = 0;
  changed = 0;

  constructor(private readonly remarks: Remarks) {}

  read(table: string, count: number): void {
    this.counts(table).read += count;
  }

  alreadyThere(table: string, count: number): void {
    this.counts(table).alreadyThere += count;
  }

  skip(table: string, row: string, reason: string): void {
    this.counts(table).skipped++;
    this.remarks({ kind: 'skipped', table, row, reason });
  }

  change(table: string, row: string, reason: string): void {
    this.changed++;
    this.remarks({ kind: 'changed', table, row, reason });
  }

  /** All of it is written. */
  imported({ parts }: Batch): void {
    for (const { messages, newSessions } of parts) {
      for (const { ledgerEntry: note } of messages) this.counts(note.table).imported++;
      for (const { ledgerEntry: note } of newSessions) {
        const table = this.tables.get(note.table);
        if (table) table.imported++;
        else this.sessionsMade++;
      }
    }
  }

  /** How many rows have been looked at. */
  get rows(): number {
    return [...this.tables.values()].reduce((sum, { read }) => sum + read, 0);
  }

  counts(table: string): Counts {
    const counts = this.tables.get(table) ?? { read: 0, imported: 0, alreadyThere: 0, skipped: 0 };
    this.tables.set(table, counts);
    return counts;
  }
}
