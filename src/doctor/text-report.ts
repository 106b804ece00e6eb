import { styleText } from 'node:util';
import type { Finding, FindingLevel } from '../common/finding.js';
import type { CheckResult } from './check.js';

const maxColumns = 100;
const titleColumns = 18;
const symbols = { ok: '✓', warning: '⚠', error: '✗', skipped: '-' } as const satisfies Record<FindingLevel, string>;
const colours = { ok: 'green', warning: 'yellow', error: 'red', skipped: 'gray' } as const;

/** The lines of one check, each with its line break, at most 100 columns wide. */
export function checkText({ title, findings }: CheckResult, hasColours: boolean): string {
  return findings.map((finding, index) => findingText(index === 0 ? title : '', finding, hasColours)).join('');
}

/** @param isComplete whether the configuration allowed all checks */
export function summaryText(results: CheckResult[], isComplete: boolean): string {
  const count = (level: FindingLevel) => results.filter(({ status }) => status === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const told = [plural(errors, 'cross', 'crosses'), plural(warnings, 'warning', 'warnings')].filter(Boolean).join(', ');
  const rest = isComplete ? '' : ' The other checks need a right configuration.';
  return `\n${told === '' ? 'All is well.' : `${told}: docs/doctor.md explains each check.`}${rest}\n`;
}

function findingText(title: string, { level, text, details = [] }: Finding, hasColours: boolean): string {
  // The caller knows the stream.
  const symbol = hasColours ? styleText(colours[level], symbols[level], { validateStream: false }) : symbols[level];
  const indent = ' '.repeat(titleColumns + 3);
  const lines = [...wrap(text), ...details.flatMap((line) => wrap(line).map((part) => `  ${part}`))];
  const [first = '', ...rest] = lines;
  return [`${symbol} ${title.padEnd(titleColumns)} ${first}`, ...rest.map((line) => indent + line)]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Breaks a text between words, and a longer word anywhere. */
function wrap(text: string): string[] {
  const width = maxColumns - titleColumns - 5;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => part.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function plural(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
}
