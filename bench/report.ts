import { readFileSync } from 'node:fs';
import { median, type Comparison, type Ratio } from './pairs.js';
import type { Run } from './measure.js';

/** Comparisons by the names of what is compared, such as `app/bare`. */
export type Results = Record<string, (Comparison & { isConclusive?: boolean })[]>;

type Bars = Record<string, Record<string, { speed: number; cpu?: number }>>;

const bars = JSON.parse(readFileSync(new URL('bars.json', import.meta.url), 'utf8')) as Bars;

/** The results as a table for each comparison. */
export function toMarkdown(results: Results): string {
  return Object.entries(results)
    .map(([name, comparisons]) => [`### ${name}`, '', ...table(name, comparisons), ''].join('\n'))
    .join('\n');
}

/** What is below its bar. */
export function missedBars(results: Results): string[] {
  return Object.entries(results).flatMap(([name, comparisons]) =>
    comparisons.flatMap(({ operation, speed, cpu }) => {
      const bar = bars[name]?.[operation];
      if (!bar) return [];
      return [
        ...(speed.median < bar.speed ? [`${name}, ${operation}: speed ${two(speed.median)}, not ${bar.speed}`] : []),
        ...(bar.cpu !== undefined && cpu.median < bar.cpu
          ? [`${name}, ${operation}: CPU ${two(cpu.median)}, not ${bar.cpu}`]
          : []),
      ];
    }),
  );
}

function table(name: string, comparisons: Results[string]): string[] {
  const [target = '', base = ''] = name.split(/[/ ]/);
  const heads = ['operation', 'requests/s', 'bar', 'CPU', 'bar', `CPU of ${target}`, `of ${base}`, 'p99 ms'];
  return [
    `| ${heads.join(' | ')} |`,
    `| --- | ${heads
      .slice(1)
      .map(() => '---:')
      .join(' | ')} |`,
    ...comparisons.map((comparison) => `| ${cells(name, comparison).join(' | ')} |`),
  ];
}

function cells(name: string, { operation, speed, cpu, pairs, isConclusive = true }: Results[string][number]): string[] {
  const bar = bars[name]?.[operation];
  const [targets, bases] = [pairs.map(({ target }) => target), pairs.map(({ base }) => base)];
  const p99 = (runs: Run[]) => Math.round(median(runs.map((run) => run.p99)));
  return [
    `${operation}${isConclusive ? '' : ' (inconclusive)'}`,
    range(speed),
    bar ? String(bar.speed) : '',
    range(cpu),
    bar?.cpu === undefined ? '' : String(bar.cpu),
    cpuOf(targets),
    cpuOf(bases),
    `${p99(targets)} / ${p99(bases)}`,
  ];
}

/** The medians of the server and of its database, in µs per request. */
function cpuOf(runs: Run[]): string {
  const [app, database] = [median(runs.map(({ appUs }) => appUs)), median(runs.map(({ databaseUs }) => databaseUs))];
  return database === 0 ? `${Math.round(app)} µs` : `${Math.round(app)} + ${Math.round(database)} µs`;
}

function range({ median: middle, min, max }: Ratio): string {
  return `${two(middle)} (${two(min)} to ${two(max)})`;
}

function two(value: number): string {
  return value.toFixed(2);
}
