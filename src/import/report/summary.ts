import type { Counts } from './report.js';
import type { InactiveUsers, UserGroup } from '../source/moodle-users.repository.js';
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
  /** Tables whose counts do not add up, one line each. */
  imbalances: string[];
  /** Users who cannot log in to Moodle; null when they are not known. */
  inactiveUsers: InactiveUsers | null;
  verification: Verification | null;
  /** Why the run ended early; null when it completed. */
  failure: string | null;
  seconds: number;
  peakMemoryMiB: number;
}

export function summaryText(summary: Summary): string {
  const lines = [`${summary.source}: ${summary.found.join(', ')}`, ''];
  if (summary.verification) lines.push(...verificationLines(summary.verification, summary.imbalances.length === 0));
  else lines.push(...countLines(summary));
  const { failure, imbalances, mode } = summary;
  if (failure !== null) lines.push(`Ended early: ${failure}`);
  if (failure !== null && mode === 'import') lines.push('Rows counted as imported were saved: run the import again.');
  lines.push(...imbalances.map((imbalance) => `The counts do not add up: ${imbalance}`));
  lines.push(`${summary.seconds} s, ${summary.peakMemoryMiB} MiB of memory at most`);
  return `${lines.join('\n')}\n`;
}

function countLines({ mode, tables, sessionsMade, changed, inactiveUsers }: Summary): string[] {
  const row = (name: string, ...values: (string | number)[]) =>
    name.padEnd(30) + values.map((value) => String(value).padStart(15)).join('');
  return [
    row('', 'read', mode === 'dry run' ? 'to import' : 'imported', 'already there', 'skipped'),
    ...Object.entries(tables).map(([name, { read, imported, alreadyThere, skipped }]) =>
      row(name, read, imported, alreadyThere, skipped),
    ),
    '',
    `Sessions ${mode === 'dry run' ? 'to create' : 'created'} for messages without one: ${sessionsMade}. Values changed: ${changed}.`,
    ...(Object.keys(tables).some((name) => name.endsWith('_work'))
      ? ['In the table of projects each message of a chat history counts as one.']
      : []),
    ...userLines(inactiveUsers),
    ...(mode === 'dry run' ? ['Dry run: nothing was written.'] : []),
  ];
}

/** Maximum number of users of a kind in the text report. */
const maxShownUsers = 20;

function userLines(users: InactiveUsers | null): string[] {
  if (!users) return [];
  const groups: [string, UserGroup][] = [
    ['deleted in Moodle', users.deleted],
    ['suspended in Moodle', users.suspended],
    ['missing in Moodle', users.missing],
  ];
  return groups
    .filter(([, { count }]) => count > 0)
    .map(([what, { count, ids }]) => {
      const shown = ids.slice(0, maxShownUsers);
      const more = count > shown.length ? `, and ${count - shown.length} more` : '';
      return `Users with chats who are ${what}: ${count} (${shown.join(', ')}${more}).`;
    });
}

function comparisonResult({ messages, different, acknowledged }: Verification, isComplete: boolean): string {
  if (different > 0) return `${different} differ`;
  if (!isComplete) return 'no difference in what was read';
  if (acknowledged > 0) return 'no new difference';
  return messages === 0 ? 'nothing to compare' : 'all are the same';
}

function verificationLines(verification: Verification, isComplete: boolean): string[] {
  const { owners, messages, acknowledged, newInSource, differentOwners } = verification;
  return [
    `${messages} imported messages of ${owners} owners compared: ${comparisonResult(verification, isComplete)}`,
    ...(acknowledged > 0 ? [`Acknowledged differences, which do not count: ${acknowledged}.`] : []),
    ...(newInSource > 0 ? [`Rows that Moodle saved since the last import: ${newInSource}.`] : []),
    'Not compared: titles, times and active flags of chats, and the times of project entries without one.',
    ...differentOwners
      .slice(0, 100)
      .map(
        ({ owner, source, here }) =>
          `  user ${owner.userId}, activity ${owner.activityId}: ${source.count} in the source (${source.checksum.slice(0, 12)}), ${here.count} in this store (${here.checksum.slice(0, 12)})`,
      ),
  ];
}
