// One run of sqlmap against one request.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** Level 3 tests these as well; the cookie is one that the server does not know. */
export const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)', Referer: 'http://localhost/', visit: '17' };

/** What every run has: those of the product and those of the planted holes. */
const flags = [
  '--batch',
  '--level=3',
  '--risk=2',
  '--flush-session',
  '--disable-coloring',
  '--ignore-stdin',
  // A payload in the place of the token is refused with 401, where sqlmap would stop.
  '--ignore-code=401',
  // Left to itself it would leave out the longer UNION queries, and stop at the first hole.
  '--answers=reduce the number of requests=N,keep testing the others=Y',
  `--user-agent=${headers['User-Agent']}`,
  `--referer=${headers.Referer}`,
  `--cookie=visit=${headers.visit}`,
];

/** @returns {string | undefined} the version; undefined where it is not installed */
export function sqlmapVersion() {
  const { status, stdout } = spawnSync('sqlmap', ['--version'], { encoding: 'utf8', input: '' });
  return status === 0 ? stdout.split('\n', 1)[0] : undefined;
}

/**
 * @param {import('./targets.mjs').Target} target
 * @param {{ url: string, token?: string, dbms: string, folder: string, signal: AbortSignal }} surroundings
 * @returns {Promise<{ tested: string[], injectable: string[], output: string }>} the parameters by name
 */
export async function scan(target, { url, token, dbms, folder, signal }) {
  const home = mkdtempSync(join(folder, 'sqlmap-'));
  const options = [...flags, `--dbms=${dbms}`, `--output-dir=${home}`, ...requestOptions(target, url, token)];
  const output = await run('sqlmap', options, { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8' }, signal);
  const names = (pattern) => [...output.matchAll(pattern)].map(([, name]) => shown(name, target));
  const injectable = [...new Set(names(/^Parameter: (.+) \(.+\)$/gm))];
  const refuted = names(/parameter '([^']+)' does not seem to be injectable/g);
  return { tested: [...refuted, ...injectable], injectable, output };
}

/** The segment of a path has no name to be chosen by: there the others are left out. */
function requestOptions({ method, path, query = {}, form, json, tested, restore }, url, token) {
  const address = new URLSearchParams(query).toString();
  const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
  return [
    `--url=${url}${path}${address === '' ? '' : `?${address}`}`,
    `--method=${method}`,
    ...(body === undefined ? [] : [`--data=${body}`]),
    ...(token !== undefined && !form ? [`--header=Authorization: Bearer ${token}`] : []),
    ...(path.includes('*') ? [`--skip=${Object.keys({ ...json, ...headers }).join(',')}`] : [`-p`, tested.join(',')]),
    ...(restore ? [`--safe-url=${url}${path}`, `--safe-post=${new URLSearchParams(restore)}`, '--safe-freq=1'] : []),
  ];
}

/** sqlmap calls a field of JSON `JSON name`, and the segment of a path `#1*`, beside a body of JSON `JSON #1*`. */
function shown(name, { tested }) {
  const bare = name.replace(/^JSON /, '');
  return bare === '#1*' ? tested[0] : bare;
}

function run(command, options, env, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    let failure;
    child.once('error', (error) => (failure = error));
    child.once('close', () => (failure ? reject(failure) : resolve(output)));
  });
}
