import type { Result } from './campaign.js';
import { groupBy } from './history/check-messages.js';
import type { Violation } from './history/violation.js';

const columns = ['lost', 'duplicated', 'out of order'] as const;
const header = ['fault', 'times', 'acknowledged', 'unknown', ...columns, 'others', 'longest request', 'recovery'];

/** A Markdown table with a line for each fault: sums, and the longest times of all its runs. */
export function tableOf(results: Result[]): string {
  const rows = [...groupBy(results, ({ fault }) => fault)].map(([fault, runs]) => rowOf(fault, runs));
  const total = rowOf(
    'all but controls',
    results.filter(({ mustLose }) => !mustLose),
  );
  const table = [header, header.map(() => '---'), ...rows, total];
  return `\n${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}

function rowOf(fault: string, runs: Result[]): string[] {
  const violations = runs.flatMap((run) => run.violations);
  const count = (isCounted: (violation: Violation) => boolean) => String(violations.filter(isCounted).length);
  const named: readonly string[] = columns;
  return [
    fault,
    sum(runs, ({ times }) => times),
    sum(runs, ({ acknowledged }) => acknowledged),
    sum(runs, ({ unknown }) => unknown),
    ...columns.map((column) => count(({ kind }) => kind === column)),
    count(({ kind }) => !named.includes(kind)),
    `${Math.round(Math.max(0, ...runs.map(({ longestRequest }) => longestRequest)))} ms`,
    `${Math.round(Math.max(0, ...runs.map(({ recovery }) => recovery)))} ms`,
  ];
}

function sum(runs: Result[], valueOf: (run: Result) => number): string {
  return String(runs.reduce((total, run) => total + valueOf(run), 0));
}
