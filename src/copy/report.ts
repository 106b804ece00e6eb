import { isSame, type Digest } from './table-digest.js';
import type { TableCopy } from './table-copy.js';

/** What a copy has done. */
export interface CopyReport {
  /** The file that was copied. */
  source: string;
  /** The migrations that the source lacks. */
  migrations: string[];
  /** The database that it was copied to. */
  target: string;
  tables: TableCopy[];
  seconds: number;
  peakMemoryMiB: number;
}

const startOver = 'To copy again, empty the target (drop the database and create it again).';

/** Whether source and target have the same rows. */
export function isEqual({ tables }: CopyReport): boolean {
  return tables.every(({ source, target }) => isSame(source, target));
}

export function reportText(report: CopyReport): string {
  const { source, migrations, target, tables, seconds, peakMemoryMiB } = report;
  const lines = [`${source} -> ${target}`];
  if (migrations.length > 0) {
    lines.push(`The source lacks ${migrations.join(', ')}: a temporary copy of it was migrated.`);
  }
  lines.push('', line('', 'source', 'already there', 'copied', 'target', 'SHA-256'), ...tables.map(tableLine), '');
  lines.push(...conclusion(report), `${seconds} s, ${peakMemoryMiB} MiB of memory at most`);
  return `${lines.join('\n')}\n`;
}

function tableLine({ table, source, mark, target }: TableCopy): string {
  const alreadyThere = mark?.copied ?? 0;
  const copied = mark?.verifiedAt ? 0 : source.rows - alreadyThere;
  const digests = isSame(source, target)
    ? `same (${shown(source)})`
    : `DIFFERENT (${shown(source)}, target ${shown(target)})`;
  return line(table.name, source.rows, alreadyThere, copied, target.rows, digests);
}

/** Characters of the longest name of a table. */
const nameWidth = 38;

function line(name: string, ...values: (string | number)[]): string {
  const last = String(values.pop());
  return `${name.padEnd(nameWidth)}${values.map((value) => String(value).padStart(15)).join('')}  ${last}`;
}

function shown({ sha256 }: Digest): string {
  return sha256.slice(0, 12);
}

function conclusion(report: CopyReport): string[] {
  const { tables } = report;
  const verifiedAt = tables[0]?.mark?.verifiedAt ?? null;
  if (isEqual(report)) {
    return verifiedAt === null
      ? ['All rows are the same in source and target. Start the server with DATABASE_URL for the target.']
      : ['All rows were already there and are the same in source and target: nothing was copied.'];
  }
  if (verifiedAt === null) {
    return [
      'Source and target are not the same: another program has written to the target meanwhile, or the target has ' +
        `triggers or columns that change what is stored. ${startOver}`,
    ];
  }
  const lines = [
    `The copy was complete and the same on ${new Date(verifiedAt).toISOString()}. Nothing was copied this time:`,
  ];
  if (tables.some(({ source, mark }) => !mark || !isSame(source, mark.source))) {
    lines.push(`  The source has changed since. ${startOver}`);
  }
  if (tables.some(({ target, mark }) => !mark || !isSame(target, mark.source))) {
    lines.push('  The target has changed since: it is in use. What was written there would be lost with another copy.');
  }
  return lines;
}
