// What search costs a save, and how long a search takes: npm run bench:search -- [--only mariadb|sqlite] [--full]
import { Agent } from 'node:http';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { endPrograms, newFolder } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { startBenchMariadb } from '../mariadb.js';
import { median } from '../pairs.js';
import { timedRequest } from '../timed-request.js';
import { fillSearch, withMariadb, withSqlite, words } from './data.js';

const { only, full } = parseArgs({
  options: { only: { type: 'string' }, full: { type: 'boolean', default: false } },
}).values;
const owners = full ? 10_000 : 100;
const messages = { first: 20_000, others: full ? 98 : 100 };
const savesPerRun = 400;
const pairs = 5;
const connections = 8;
const searches = { first: 25, others: 60 };
const content = 'A sentence of a student about rivers, of the usual length, with a question. '.repeat(8).slice(0, 600);
const queries = { 'no hit': 'zzznothing', rare: words.rare, common: words.common, 'two letters': 'th', CJK: '編程' };
const withoutFolding = { NODE_OPTIONS: `--import ${fileURLToPath(new URL('without-folding.mjs', import.meta.url))}` };
/** One owner saves as much as it can. */
const settings = { JWT_SECRET: testSecret, QUOTA_OWNER_MB_PER_MINUTE: '0' };
const agent = new Agent({ keepAlive: true, maxSockets: connections });

/** @returns saves a second */
async function measureSaves(url: string, amount: number): Promise<number> {
  const start = performance.now();
  const body = JSON.stringify({ role: 'user', content });
  const path = '/api/v1/sessions/s0/messages';
  let left = amount;
  const clients = Array.from({ length: connections }, async (_, client) => {
    while (left-- > 0) await timedRequest(url, { agent, method: 'POST', path, owner: 2 + client, status: 201, body });
  });
  await Promise.all(clients);
  return amount / ((performance.now() - start) / 1000);
}

/** @returns the median and p95 in ms */
async function percentiles(url: string, query: string, amount: number, owner: () => number): Promise<string> {
  const times: number[] = [];
  const path = `/api/v1/search?q=${encodeURIComponent(query)}`;
  for (let count = 0; count < amount; count++) {
    times.push((await timedRequest(url, { agent, method: 'GET', path, owner: owner(), status: 200 })).ms);
  }
  times.sort((a, b) => a - b);
  return [0.5, 0.95].map((share) => times[Math.floor(amount * share)]?.toFixed(1)).join(' / ');
}

/** @param environment of a server whose database is filled, for each of two servers */
async function measure(engine: string, environments: Record<string, string>[], folders: string[]): Promise<void> {
  const [searching, plain] = await Promise.all(
    environments.map((environment, index) =>
      ServerProcess.start({ ...environment, ...settings, ...(index === 1 && withoutFolding) }, folders[index]),
    ),
  );
  if (!searching || !plain) throw new Error('two servers are compared');
  try {
    for (const { url } of [searching, plain]) await measureSaves(url, savesPerRun);
    const ratios: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? [searching, plain] : [plain, searching];
      const speeds = new Map<ServerProcess, number>();
      for (const server of order) speeds.set(server, await measureSaves(server.url, savesPerRun));
      ratios.push((speeds.get(searching) ?? 0) / (speeds.get(plain) ?? 1));
    }
    const shown = ratios.map((ratio) => ratio.toFixed(2)).sort();
    print(`${engine}: a save has ${median(ratios).toFixed(2)} of the speed without folding (${shown.join(', ')})`);
    print(`| median / p95 in ms, ${engine} | ${Object.keys(queries).join(' | ')} |`);
    for (const [name, amount, owner] of [
      [`owner of ${messages.first} messages`, searches.first, () => 1],
      [`owners of about ${messages.others}`, searches.others, () => 20 + Math.floor(Math.random() * (owners - 20))],
    ] as const) {
      const figures: string[] = [];
      for (const query of Object.values(queries)) {
        await percentiles(searching.url, query, 5, owner);
        figures.push(await percentiles(searching.url, query, amount, owner));
      }
      print(`| ${name} | ${figures.join(' | ')} |`);
    }
  } finally {
    await searching.end();
    await plain.end();
  }
}

async function onMariadb(): Promise<void> {
  const mariadb = await startBenchMariadb();
  try {
    const environment = { DATABASE_URL: mariadb.databaseUrl };
    await (await ServerProcess.start({ ...environment, ...settings })).end();
    await withMariadb(mariadb.databaseUrl, (insert) => fillSearch(insert, owners, messages.first, messages.others));
    await measure('MariaDB', [environment, environment], [newFolder(), newFolder()]);
  } finally {
    await mariadb.stop();
  }
}

async function onSqlite(): Promise<void> {
  const folders = [newFolder(), newFolder()];
  for (const folder of folders) {
    const server = await ServerProcess.start({ ...settings }, folder);
    await server.end();
    await withSqlite(server.databaseFile, (insert) => fillSearch(insert, owners, messages.first, messages.others));
  }
  await measure('SQLite', [{}, {}], folders);
}

useRunFolder('search');

await buildDist();
try {
  if (only !== 'sqlite') await onMariadb();
  if (only !== 'mariadb') await onSqlite();
} finally {
  agent.destroy();
  await endPrograms();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
