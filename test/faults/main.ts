import { parseArgs } from 'node:util';
import { mariadbIsInstalled } from '../support/database/mariadb.mjs';
import { endPrograms } from '../support/process/program.js';
import { buildDist } from '../support/run/build-dist.mjs';
import { useRunFolder } from '../support/run/run-folder.js';
import { hasPassed, runFault, type Result } from './campaign.js';
import { runExperiments } from './experiments/run-experiments.js';
import { faults, type Fault } from './faults.js';
import type { Violation } from './history/violation.js';
import { soak } from './soak.js';
import { tableOf } from './table.js';
import { Disk } from './world/disk.js';

const usage =
  'usage: npm run test:faults -- [--long | --soak | --experiments] [--minutes N] [--fault PART-OF-ITS-NAME] [--seed N]';
/** How often each fault is injected, in the short run and in one round of a long one. */
const times = { short: 2, long: 10 };

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    experiments: { type: 'boolean', default: false },
    fault: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  print(usage);
  process.exit(0);
}

useRunFolder('faults');
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void endPrograms().finally(() => process.exit(1));
  });
}

await buildDist();
const minutes = Number(values.minutes);
const hasPassedAll = await run();
await endPrograms();
process.exitCode = hasPassedAll ? 0 : 1;

function run(): Promise<boolean> {
  if (values.soak) return runSoak();
  return values.experiments ? measure() : runFaults();
}

async function runFaults(): Promise<boolean> {
  const selected = selectFaults();
  const end = performance.now() + (values.long ? minutes * 60_000 : 0);
  const results: Result[] = [];
  let failed = 0;
  let seed = Number(values.seed);
  do {
    for (const fault of selected) {
      print(`${fault.name} (seed ${seed})`);
      try {
        const result = await runFault(fault, values.long ? times.long : times.short, seed++);
        if (!result.mustLose) printViolations(result.violations);
        results.push(result);
      } catch (error) {
        // A campaign of an hour goes on, and fails at its end.
        print(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
        failed++;
      }
    }
  } while (performance.now() < end);
  print(tableOf(results));
  return failed === 0 && results.every(hasPassed);
}

async function runSoak(): Promise<boolean> {
  const result = await soak(minutes, Number(values.seed));
  printViolations(result.violations);
  print(result.table);
  return result.hasPassed;
}

async function measure(): Promise<boolean> {
  const { table, areMet } = await runExperiments(values.fault);
  print(`\n${table}\n`);
  return areMet;
}

/** Prints what cannot be run here. */
function selectFaults(): Fault[] {
  const [hasMariadb, hasDisk] = [mariadbIsInstalled(), Disk.isPossible()];
  if (!hasMariadb) print('*** NOT RUN: the faults on MariaDB, because MariaDB is not installed.');
  if (!hasDisk) print('*** NOT RUN: power cuts and full disks, which need root and loop devices.');
  return faults.filter(
    (fault) =>
      fault.name.includes(values.fault) &&
      (hasMariadb || fault.engine === 'sqlite') &&
      (hasDisk || fault.hasDisk !== true) &&
      (values.long || fault.mustLose !== true),
  );
}

function printViolations(violations: Violation[]): void {
  for (const { kind, what } of violations.slice(0, 20)) print(`  ${kind}: ${what}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
