import type { Counts } from './report.js';
import type { Verification } from '../verify/import-verifier.js';

/** All of a report but its remarks. */
export interface Summary {
  /** The site and the plugin there. */
  source: string;
  /** The tables that were found there. */
  found: string[];
  mode: 'import' | 'dry run' | 'verify';
  /** By table of the source. */
  tables: Record<string, Counts>;
  /** Sessions that were made for messages that had none. */
  sessionsMade: number;
  /** Remarks on rows that came over otherwise than they were. */
  changed: number;
  verification: Verification | null;
  /** Why it ended early; null when it did not. */
  failure: string | null;
  seconds: number;
  peakMemoryMiB: number;
}

export function summaryText(summary: Summary): string {
  const lines = [`${summary.source}: ${summary.found.join(', ')}`, ''];
  if (summary.verification) lines.push(...verificationLines(summary.verification));
  else lines.push(...countLines(summary));
  const { failure } = summary;
  if (failure !== null) lines.push(`Ended early: ${failure}`, 'What is counted as imported is kept; run it again.');
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
    `Sessions ${mode === 'dry run' ? 'to be made' : 'made'} for messages without one: ${sessionsMade}. Changed on the way: ${changed}.`,
    ...(mode === 'dry run' ? ['A dry run: nothing was written.'] : []),
  ];
}

function verificationLines({ owners, messages, different, differentOwners }: Verification): string[] {
  return [
    `${messages} imported messages of ${owners} owners compared: ${different === 0 ? 'all are the same' : `${different} differ`}`,
    ...differentOwners
      .slice(0, 100)
      .map(
        ({ owner, source, here }) =>
          `  user ${owner.userId}, activity ${owner.activityId}: ${source.count} there (${source.checksum.slice(0, 12)}), ${here.count} here (${here.checksum.slice(0, 12)})`,
      ),
  ];
}
