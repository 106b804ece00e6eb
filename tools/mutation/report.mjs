import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Stryker's results in a short form, without the excluded mutants. */
export function readMutants(results) {
  return results
    .filter(({ status }) => status !== 'Ignored')
    .map(({ fileName, location, mutatorName, replacement, status, static: isStatic, killedBy }) => {
      const path = relative(process.cwd(), fileName);
      return { path, location, code: codeAt(path, location), mutatorName, replacement, status, isStatic, killedBy };
    });
}

function codeAt(path, { start, end }) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines.push(lines.pop().slice(0, end.column - 1));
  return [lines[0].slice(start.column - 1), ...lines.slice(1)].join('\n');
}

export function summarise(group, mutants, ms) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [detected, missed] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  return {
    group,
    total: mutants.length,
    killed: count('Killed'),
    timedOut: count('Timeout'),
    survived: count('Survived'),
    notReached: count('NoCoverage'),
    errors: count('RuntimeError', 'CompileError'),
    // Rounded down, so that 100 means all mutants.
    score: Math.floor((detected / Math.max(1, detected + missed)) * 1000) / 10,
    minutes: Math.round(ms / 6000) / 10,
    mutants,
  };
}

/** A table in Markdown. */
export function table(summaries) {
  const head = ['Group', 'Mutants', 'Killed', 'Timed out', 'Survived', 'Not reached', 'Errors', 'Score', 'Minutes'];
  const rows = summaries.map(({ group, total, killed, timedOut, survived, notReached, errors, score, minutes }) => {
    return [group, total, killed, timedOut, survived, notReached, errors, `${score.toFixed(1)} %`, minutes.toFixed(1)];
  });
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The mutants with which every test passed. */
export function survivorsOf(mutants) {
  return mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
}

/** Where a mutant is, as Stryker takes it: columns count from 0 there, and from 1 in results. */
export function placeOf({ path, location: { start, end } }) {
  return `${path}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}

/** Whether two runs have had the same mutant. */
export function isSame(one, other) {
  const keyOf = (mutant) => JSON.stringify([placeOf(mutant), mutant.mutatorName, mutant.replacement]);
  return keyOf(one) === keyOf(other);
}

/** The mutants with which every test passed, one per line. */
export function survivors(mutants) {
  return survivorsOf(mutants)
    .map(({ path, location: { start }, code, mutatorName, replacement, status }) => {
      const reached = status === 'NoCoverage' ? ', not reached' : '';
      return `${path}:${start.line}:${start.column} (${mutatorName}${reached}) ${short(code)} -> ${short(replacement)}`;
    })
    .join('\n');
}

function short(code) {
  const line = code.replaceAll(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 97)}...` : line;
}
