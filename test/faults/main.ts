import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mariadbIsInstalled } from '../support/database/mariadb.mjs';
import { endPrograms } from '../support/process/program.js';
import { buildDist } from '../support/run/build-dist.mjs';
import { runFault, type Result } from './campaign.js';
import { faults } from './faults.js';
import { tableOf } from './table.js';

const usage = 'usage: npm run test:faults -- [--long] [--minutes N] [--fault PART-OF-ITS-NAME] [--seed N]';
/** How often each fault is injected, in the short run and in one round of a long one. */
const times = { short: 2, long: 10 };

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    fault: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  print(usage);
  process.exit(0);
}

process.env.TEST_RUN_FOLDER = mkdtempSync(join(tmpdir(), 'chat-faults-'));
process.env.TMPDIR = process.env.TEST_RUN_FOLDER;
process.once('exit', () => {
  rmSync(process.env.TEST_RUN_FOLDER ?? '', { recursive: true, force: true, maxRetries: 3 });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void endPrograms().finally(() => process.exit(1));
  });
}

await buildDist();
const hasMariadb = mariadbIsInstalled();
if (!hasMariadb) print('*** NOT RUN: the faults on MariaDB, because MariaDB is not installed.');
const selected = faults.filter(
  ({ name, engine }) => name.includes(values.fault) && (hasMariadb || engine === 'sqlite'),
);
const end = performance.now() + (values.long ? Number(values.minutes) * 60_000 : 0);
const results: Result[] = [];
let seed = Number(values.seed);
do {
  for (const fault of selected) {
    print(`${fault.name} (seed ${seed})`);
    const result = await runFault(fault, values.long ? times.long : times.short, seed++);
    for (const { kind, what } of result.violations.slice(0, 20)) print(`  ${kind}: ${what}`);
    results.push(result);
  }
} while (performance.now() < end);
await endPrograms();
print(tableOf(results));
process.exitCode = results.some(({ violations }) => violations.length > 0) ? 1 : 0;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
