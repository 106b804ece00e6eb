// The product against a bare server and the obvious one: npm run bench -- [--quick] [--full] [--engine mariadb|sqlite]
// [--out FOLDER]
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endPrograms } from '../test/support/process/program.js';
import { buildDist } from '../test/support/run/build-dist.mjs';
import { useRunFolder } from '../test/support/run/run-folder.js';
import { messagesPerOwner } from './data.js';
import { install } from './install.js';
import { compareOnMariadb } from './on-mariadb.js';
import { compareOnSqlite } from './on-sqlite.js';
import { missedBars, toMarkdown, type Results } from './report.js';
import type { Amounts } from './suite.js';

const { values } = parseArgs({
  options: {
    /** A look: few requests, two pairs. Its ratios are rough. */
    quick: { type: 'boolean', default: false },
    /** 2,000,000 messages instead of 100,000. */
    full: { type: 'boolean', default: false },
    engine: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  print('usage: npm run bench -- [--quick] [--full] [--engine mariadb|sqlite] [--out FOLDER]');
  process.exit(0);
}

const owners = Math.ceil((values.full ? 2_000_000 : 100_000) / messagesPerOwner);
const amounts: Amounts = values.quick
  ? { pairs: 2, requests: 2_000, obviousRequests: 500, warmUp: 1_000 }
  : { pairs: 5, requests: 4_000, obviousRequests: 1_000, warmUp: 3_000 };

useRunFolder('bench');

install();
await buildDist();
const startedAt = performance.now();
const results: Results = {};
try {
  if (values.engine !== 'sqlite') Object.assign(results, await compareOnMariadb(owners, amounts, print));
  if (values.engine !== 'mariadb') Object.assign(results, await compareOnSqlite(owners, amounts, print));
} finally {
  await endPrograms();
}
report();

function report(): void {
  const minutes = Math.round((performance.now() - startedAt) / 60_000);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, load ${loadavg()[0]?.toFixed(1)} at the end`;
  const head = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${machine}, ${minutes} minutes`;
  const markdown = `${head}\n\n${toMarkdown(results)}`;
  print(`\n${markdown}`);
  if (values.out !== undefined) {
    mkdirSync(values.out, { recursive: true });
    writeFileSync(join(values.out, 'results.md'), markdown);
    writeFileSync(join(values.out, 'results.json'), JSON.stringify({ head, amounts, owners, results }, undefined, 1));
  }
  const missed = missedBars(results);
  for (const bar of missed) print(`*** MISSED: ${bar}`);
  const isInconclusive = Object.values(results).some((all) => all.some(({ isConclusive = true }) => !isConclusive));
  if (isInconclusive)
    print('*** INCONCLUSIVE: the bare server differs from itself, because of other work on this machine');
  process.exitCode = isInconclusive ? 2 : missed.length > 0 ? 1 : 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
