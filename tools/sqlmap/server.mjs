// The built server as a process of its own, which counts its answers by their status as its log has them.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const startMs = 30_000;
/** Tells in the log where a run ends. Nothing else asks it. */
const markRoute = '/livez';

/**
 * @param {Record<string, string>} database the variables of the environment that lead to it
 * @param {string} folder where it may keep what it needs
 * @param {AbortSignal} signal ends it
 */
export async function startServer(database, folder, signal) {
  const secret = randomBytes(32).toString('hex');
  const cwd = mkdtempSync(join(folder, 'server-'));
  const child = spawn(process.execPath, [program], {
    cwd,
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: join(cwd, 'data'),
      JWT_SECRET: secret,
      // What is looked for lies behind the limits.
      RATE_LIMIT_OWNER: '0',
      RATE_LIMIT_ADDRESS: '0',
      RATE_LIMIT_LOGINS: '0',
      ...database,
    },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', () => undefined);
  let url;
  let marks = 0;
  let counts = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const { msg, route, status } = JSON.parse(line);
    url ??= /^Server listening at (http:\S+)/.exec(msg)?.[1];
    if (msg !== 'request') return;
    if (route === markRoute) marks++;
    else counts[status] = (counts[status] ?? 0) + 1;
  });

  async function until(what, isTrue) {
    const deadline = Date.now() + startMs;
    while (!(await isTrue())) {
      signal.throwIfAborted();
      if (child.exitCode !== null) throw new Error(`the server has ended before ${what}`);
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await sleep(20);
    }
  }

  await until('it listened', () => url !== undefined);
  await until('it was ready', async () => (await fetch(`${url}/readyz`)).ok);
  return {
    url,
    /** @returns {Promise<Record<string, number>>} the answers since the last call, by their status */
    async takeCounts() {
      const before = marks;
      await fetch(`${url}${markRoute}`);
      await until('its log was read', () => marks > before);
      const taken = counts;
      counts = {};
      return taken;
    },
    /** For a user of their own, so that what one target leaves does not stand in the answers of another. */
    token(user) {
      return new SignJWT({ activity: 1 })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(String(user))
        .setExpirationTime('12h')
        .sign(Buffer.from(secret));
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
