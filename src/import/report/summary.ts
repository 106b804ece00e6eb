import type { Counts } from './report.js';
import type { Verification } from '../verify/import-verifier.js';

/** A report without its remarks. */
export interface Summary {
  /** The site and the name of its plugin. */
  source: string;
  /** The tables that were found in the source. */
  found: string[];
  mode: 'import' | 'dry run' | 'verify';
  /** Counts by table of the source. */
  tables: Record<string, Counts>;
  /** Sessions that were created for messages without a session row. */
  sessionsMade: number;
  /** The number of remarks about changed values. */
  changed: number;
  verification: Verification | null;
  /** Why the run ended early; null when it completed. */
  failure: string | null;
  seconds: number;
  peakMemoryMiB: number;
}

export function summaryText(summary: Summary): string {
  const lines = [`${summary.source}: ${summary.found.join(', ')}`, ''];
  if (summary.verification) lines.push(...verificationLines(summary.verification));
  else lines.push(...countLines(summary));
  const { failure } = summary;
  if (failure !== null)
    lines.push(`Ended early: ${failure}`, 'Rows counted as imported were saved: run the import again.');
  lines.push(`${summary.seconds} s, ${summary.peakMemoryMiB} MiB of memory at most`);
  return `${lines.join('\n')}\n`;
}

function countLines({ mode, tables, sessionsMade, changed }: Summary): string[] {
  const row = (name: string, ...values: (string | number)[]) =>
    name.padEnd(30) + values.map((value) => String(value).padStart(15)).join('');
  return [
    row('', 'read', mode === 'dry run' ? 'to import' : 'imported', 'already there', 'skipped'),
    ...Object.entries(tables).map(([name, { read, imported, alreadyThere, skipped }]) =>
      row(name, read, imported, alreadyThere, skipped),
    ),
    '',
    `Sessions ${mode === 'dry run' ? 'to create' : 'created'} for messages without one: ${sessionsMade}. Values changed: ${changed}.`,
    ...(mode === 'dry run' ? ['Dry run: nothing was written.'] : []),
  ];
}

function verificationLines({ owners, messages, different, differentOwners }: Verification): string[] {
  return [
    `${messages} imported messages of ${owners} owners compared: ${different === 0 ? 'all are the same' : `${different} differ`}`,
    ...differentOwners
      .slice(0, 100)
      .map(
        ({ owner, source, here }) =>
          `  user ${owner.userId}, activity ${owner.activityId}: ${source.count} in the source (${source.checksum.slice(0, 12)}), ${here.count} in this store (${here.checksum.slice(0, 12)})`,
      ),
  ];
}
