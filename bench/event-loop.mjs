// How long one request keeps all others waiting: npm run bench:event-loop -- [--only name] [--repeat 5] [--limit 50]
// The built server runs on a private throwaway MariaDB; the longest turn of its event loop is measured while it answers.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import mysql2 from 'mysql2/promise';
import { build } from '../scripts/build.mjs';
import { distIsFresh } from '../scripts/fresh.mjs';
import { startMariadb } from '../test/support/database/mariadb.mjs';
import { requests } from './event-loop/requests.mjs';

const { only, repeat, limit, help } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    repeat: { type: 'string', default: '5' },
    limit: { type: 'string', default: '50' },
    help: { type: 'boolean' },
  },
}).values;
if (help) {
  console.log('usage: npm run bench:event-loop -- [--only part-of-a-name] [--repeat 5] [--limit ms]');
  process.exit(0);
}
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const shown = 40;

if (!distIsFresh() && build() !== 0) process.exit(1);
const database = await startMariadb();
const folder = mkdtempSync(join(tmpdir(), 'chat-bench-'));
let answer = '{}';
const original = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(answer));
});
await new Promise((resolve) => original.listen(0, '127.0.0.1', resolve));
let server;
try {
  const connection = await mysql2.createConnection(database.url);
  await connection.query('CREATE DATABASE chats');
  await connection.end();
  server = await startServer();
  const known = await prepare(server);
  const results = [];
  for (const request of requests(known)) {
    if (request.name.includes(only)) results.push(await measure(server, known.token, request));
  }
  results.sort((a, b) => b.median - a.median);
  for (const { name, status, median, best } of results.slice(0, shown)) {
    console.log(`${median.toFixed(0).padStart(5)} ms  (least ${best.toFixed(0)})  ${status}  ${name}`);
  }
  const over = results.filter(({ median }) => median > Number(limit));
  console.log(`${results.length} requests, the median of ${repeat} each; ${over.length} over ${limit} ms`);
  if (over.length > 0) process.exitCode = 1;
} finally {
  await server?.stop();
  original.close();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startServer() {
  const secret = randomBytes(32).toString('hex');
  const child = fork(path('../dist/src/main.js'), {
    cwd: folder,
    execArgv: ['--import', path('./event-loop/probe.mjs')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...{ PORT: '0', DATA_DIR: join(folder, 'data'), JWT_SECRET: secret, DATABASE_URL: `${database.url}chats` },
      LEGACY_UPSTREAM_URL: `http://127.0.0.1:${original.address().port}/ajax.php`,
      ...{ RATE_LIMIT_OWNER: '0', RATE_LIMIT_ADDRESS: '0', RATE_LIMIT_LOGINS: '0' },
      ...{ QUOTA_OWNER_MB: '0', QUOTA_OWNER_MB_PER_MINUTE: '0' },
    },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    void ended.then(() => reject(new Error('the server has ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /Server listening at (http:[^\s"]+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  while (!(await fetch(`${url}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  const ask = (message) =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send(message);
    });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, secret, ask, stop };
}

/** A user with an empty session, and one of 8 MiB. */
async function prepare({ url, secret }) {
  const tokenOf = (user) => {
    const jwt = new SignJWT({ activity: 1 }).setProtectedHeader({ alg: 'HS256' }).setSubject(user);
    return jwt.setExpirationTime('2h').sign(Buffer.from(secret));
  };
  const [token, other] = [await tokenOf('2'), await tokenOf('3')];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (to, body) => {
    const response = await fetch(url + to, { method: 'POST', headers, body: JSON.stringify(body) });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return response.json();
  };
  const [{ id: session }, { id: full }] = [await post('/api/v1/sessions', {}), await post('/api/v1/sessions', {})];
  for (let count = 0; count < 8; count++) {
    await post(`/api/v1/sessions/${full}/messages`, { role: 'user', content: '"'.repeat(1024 * 1024) });
  }
  return { token, session, full, other };
}

async function measure({ url, ask }, token, { name, method = 'POST', path: to, headers, body, answer: project }) {
  answer = project ?? '{}';
  const turns = [];
  let status;
  for (let count = 0; count < Number(repeat); count++) {
    await ask('reset');
    const authorization = to.startsWith('/api/') && { authorization: `Bearer ${token}` };
    const response = await fetch(url + to, { method, headers: { ...authorization, ...headers }, body }).catch(String);
    status = response.status ?? 'cut';
    await response.arrayBuffer?.().catch(() => undefined);
    turns.push((await ask('read')).longestMs);
  }
  turns.sort((a, b) => a - b);
  return { name, status, median: turns[Math.floor(turns.length / 2)], best: turns[0] };
}
