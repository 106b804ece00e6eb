import type { Batch } from '../batch.js';
import type { ChatSource } from '../source/chat-source.js';

/** Rows of one table of the source. */
export interface Counts {
  read: number;
  imported: number;
  alreadyThere: number;
  skipped: number;
}

/** A row that was skipped, imported with changes, or found different by the verification. */
export interface Remark {
  kind: 'skipped' | 'changed' | 'different';
  table: string;
  row: string;
  reason: string;
}

/** Receives each remark immediately: there may be too many to keep in memory. */
export type Remarks = (remark: Remark) => void;

/** Counts the rows of an import, a dry run or a verification. */
export class Report {
  readonly tables = new Map<string, Counts>();
  /** Sessions that were created for messages without a session row. */
  sessionsMade = 0;
  changed = 0;
  /** The users whose chats were read. */
  readonly users = new Set<number>();

  constructor(private readonly remarks: Remarks) {}

  /** A report that has all tables of the sources, also those of which no row is read. */
  static of(sources: ChatSource[], remarks: Remarks): Report {
    const report = new Report(remarks);
    for (const { table, sessionTable } of sources) {
      if (sessionTable !== undefined) report.counts(sessionTable);
      report.counts(table);
    }
    return report;
  }

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

  /** Counts a batch that was written. */
  imported({ parts }: Batch): void {
    for (const { messages, newSessions } of parts) {
      for (const { ledgerEntry } of messages) this.counts(ledgerEntry.table).imported++;
      for (const { ledgerEntry } of newSessions) {
        const table = this.tables.get(ledgerEntry.table);
        if (table) table.imported++;
        else this.sessionsMade++;
      }
    }
  }

  /** The number of rows read. */
  get rows(): number {
    return [...this.tables.values()].reduce((sum, { read }) => sum + read, 0);
  }

  counts(table: string): Counts {
    const counts = this.tables.get(table) ?? { read: 0, imported: 0, alreadyThere: 0, skipped: 0 };
    this.tables.set(table, counts);
    return counts;
  }
}
