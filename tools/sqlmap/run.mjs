// sqlmap against the ajax endpoint and three REST routes: npm run security:sqlmap [-- --sqlite | --planted | --only <text>]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import mysql2 from 'mysql2/promise';
import { build } from '../../scripts/build.mjs';
import { distIsFresh } from '../../scripts/fresh.mjs';
import { mariadbIsInstalled, startMariadb } from '../../test/support/database/mariadb.mjs';
import { examine } from './examine.mjs';
import { plantedTargets, startPlanted } from './planted.mjs';
import { startProduct } from './product.mjs';
import { printTable } from './report.mjs';
import { sqlmapVersion } from './scan.mjs';
import { ajaxTargets, restTargets } from './targets.mjs';

/** sqlmap and the server it asks keep about a core busy. */
const runsAtOnce = 2;

const { values: options } = parseArgs({
  options: {
    sqlite: { type: 'boolean' },
    planted: { type: 'boolean' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  console.log('usage: npm run security:sqlmap [-- --sqlite | --planted | --only <text>]');
  process.exit(0);
}
if (options.sqlite && options.planted) refuse('the planted holes are in statements of MariaDB: leave --sqlite out');
const version = sqlmapVersion();
if (version === undefined) refuse('sqlmap is missing: on Debian, apt-get install sqlmap');
if (!options.sqlite && !mariadbIsInstalled()) refuse('MariaDB is missing: on Debian, apt-get install mariadb-server');
if (!distIsFresh() && build() !== 0) process.exit(1);

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort(new Error(`stopped by ${name}`)));
const folder = mkdtempSync(join(tmpdir(), 'chat-sqlmap-'));
let mariadb;
const sites = [];
try {
  if (!options.sqlite) mariadb = await startMariadb();
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  await Promise.all(sites.map((site) => site.stop()));
  await mariadb?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const started = performance.now();
  const targets = (options.planted ? plantedTargets : await productTargets()).filter(({ name }) =>
    name.includes(options.only),
  );
  if (targets.length === 0) throw new Error(`nothing is called ${options.only}`);
  const engine = options.sqlite ? 'SQLite' : 'MariaDB';
  console.log(`sqlmap ${version}, level 3, risk 2, on ${engine}: ${targets.length} runs`);
  const rows = [];
  const queue = [...targets.entries()];
  const work = async (_, worker) => {
    const site = await openSite(worker + 1);
    sites.push(site);
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, target] = next;
      const row = await examine(site, target, index + 1, { folder, signal: stopping.signal });
      rows[index] = row;
      console.log(`${row.name}: ${[row.verdict, ...row.faults].join('; ')} (${Math.round(row.seconds)} s)`);
    }
  };
  const workers = Array.from({ length: Math.min(runsAtOnce, targets.length) }, work);
  // Where one fails the other ends as well, and is waited for.
  await Promise.all(workers.map((worker) => worker.catch((error) => stopping.abort(error))));
  stopping.signal.throwIfAborted();
  printTable(rows);
  const wrong = rows.filter(({ faults }) => faults.length > 0);
  for (const { name, faults, output } of wrong) {
    console.log(`\n${name}: ${faults.join('; ')}\n${output.trimEnd().split('\n').slice(-40).join('\n')}`);
  }
  const expected = options.planted
    ? 'every planted hole was found and nothing else'
    : 'nothing was found, no answer was 5xx';
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`\n${wrong.length === 0 ? `As it must be: ${expected}` : `Failed: ${wrong.length} runs`}. ${seconds} s.`);
  return wrong.length === 0 ? 0 : 1;
}

/** They are what was built, and what its document says. */
async function productTargets() {
  const { actions } = await import('../../dist/src/legacy/actions.js');
  const { requestExamples } = await import('../../dist/src/legacy/docs/examples.js');
  const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
  return [...ajaxTargets(actions, requestExamples), ...restTargets(document)];
}

/** Each has a database of its own. */
async function openSite(number) {
  const { signal } = stopping;
  if (options.planted) return startPlanted(await createDatabase(`planted_${number}`));
  if (options.sqlite) return startProduct({ database: {}, dbms: 'sqlite', folder, signal });
  const database = { DATABASE_URL: await createDatabase(`sqlmap_${number}`) };
  return startProduct({ database, dbms: 'mysql', folder, signal });
}

async function createDatabase(name) {
  const connection = await mysql2.createConnection(mariadb.url);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  return `${mariadb.url}${name}`;
}

function refuse(reason) {
  console.error(`error: ${reason}`);
  process.exit(78);
}
