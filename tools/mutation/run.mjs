// Mutation testing: changes the code in small ways, and reports the changes with which every test passes (docs/testing.md).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installLocked } from '../../scripts/install-locked.mjs';
import { startMariadb } from '../../test/support/database/mariadb.mjs';
import { groups } from './groups.mjs';
import { isSame, placeOf, readMutants, summarise, survivors, survivorsOf, table } from './report.mjs';
import { sqlMutator } from './sql-mutator.mjs';

const tools = fileURLToPath(new URL('.', import.meta.url));
process.chdir(join(tools, '../..'));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: 'string' }, json: { type: 'string' }, survivors: { type: 'string' } },
});
/** Results that `--json` has written: only the mutants that survived in that run are tested again. */
const earlier = values.survivors && JSON.parse(readFileSync(values.survivors, 'utf8'));
const names = positionals.length > 0 ? positionals : (earlier?.map(({ group }) => group) ?? Object.keys(groups));
for (const name of names) requireGroup(name);

const folder = mkdtempSync(join(tmpdir(), 'chat-mutation-'));
// Stryker ends a process in which a mutant hangs; this folder holds what such tests do not remove.
process.env.TMPDIR = folder;
let mariadb;
process.on('exit', () => {
  mariadb?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

const installed = installLocked(tools);
if (installed !== 0) process.exit(installed);
const { Stryker } = await import('@stryker-mutator/core');
// Stryker has no plugins for mutators. This file is internal to it; the lockfile fixes the version.
const { allMutators } = await import('./node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js');
allMutators.push(sqlMutator);

if (names.some((name) => groups[name].engine === 'mariadb') && !process.env.TEST_DATABASE_URL) {
  mariadb = await startMariadb();
  process.env.TEST_DATABASE_URL = mariadb.url;
}
const summaries = [];
for (const name of names) {
  summaries.push(await run(name));
  if (values.json) writeFileSync(values.json, JSON.stringify(summaries, null, 1));
}
await mariadb?.stop();
mariadb = undefined;

const mutants = summaries.flatMap((summary) => summary.mutants);
const ms = summaries.reduce((sum, { minutes }) => sum + minutes * 60_000, 0);
console.log(`\n${survivors(mutants)}\n\n${table([...summaries, summarise('all', mutants, ms)])}`);
// Of survivors few are detected.
const low = earlier ? [] : summaries.filter(({ group, score }) => score < groups[group].minScore);
for (const { group } of low) console.log(`*** ${group}: the score is below ${groups[group].minScore} %`);
process.exit(low.length > 0 ? 1 : 0);

function requireGroup(name) {
  if (!Object.hasOwn(groups, name)) throw new Error(`no such group: ${name}`);
}

async function run(group) {
  process.env.MUTATION_GROUP = group;
  process.env.MUTATION_FOLDER = join(folder, group);
  mkdirSync(process.env.MUTATION_FOLDER);
  console.log(`\n=== ${group}`);
  const start = Date.now();
  const before = earlier && survivorsOf(earlier.find((summary) => summary.group === group)?.mutants ?? []);
  const stryker = new Stryker({
    mutate: before ? before.map(placeOf) : groups[group].mutate.map(withLines),
    // Most of these mutants change a message, or fail at once. SQL texts are changed by `sqlMutator`.
    mutator: { excludedMutations: ['StringLiteral', 'ArrayDeclaration', 'ObjectLiteral'] },
    testRunner: 'jest',
    plugins: [join(tools, 'node_modules/@stryker-mutator/jest-runner/dist/src/index.js')],
    jest: { configFile: join(tools, 'jest.config.mjs'), enableFindRelatedTests: false },
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    // Jest does not free the modules of earlier runs in the same process.
    maxTestRunnerReuse: 10,
    concurrency: Number(values.concurrency ?? availableParallelism()),
    ignorePatterns: ['**', '!src/**', '!test/**', '!client/**', '!docs/**', '!package.json', '!.swcrc'],
    tempDirName: join(folder, 'sandbox'),
    cleanTempDir: 'always',
    dryRunTimeoutMinutes: 15,
    // A mutant that only took longer, on a busy machine, must not count as one that hangs.
    ...{ timeoutMS: 20_000, timeoutFactor: 3 },
    reporters: ['progress-append-only'],
    warnings: { slow: false },
    logLevel: 'warn',
    allowConsoleColors: false,
  });
  const all = readMutants(await stryker.runMutationTest());
  // A place also has the mutants of its parts.
  const mutants = before ? all.filter((mutant) => before.some((one) => isSame(one, mutant))) : all;
  return summarise(group, mutants, Date.now() - start);
}

/** `path#name` as Stryker writes it: `path:first-last`, the lines of that function, or of what is given that name. */
function withLines(place) {
  const [path, name] = place.split('#');
  if (name === undefined) return path;
  const lines = readFileSync(path, 'utf8').split('\n');
  const first = lines.findIndex((line) => line.includes(`function ${name}(`) || line.includes(`'${name}', `));
  if (first === -1) throw new Error(`${path} has no ${name}`);
  const end = `${/^ */.exec(lines[first])[0]}}`;
  return `${path}:${first + 1}-${lines.findIndex((line, index) => index > first && line.startsWith(end)) + 1}`;
}
