// One target from its valid request over the run of sqlmap to the verdict.
import { scan } from './scan.mjs';

/**
 * @typedef {object} Site what is tested
 * @property {string} url
 * @property {string} dbms as sqlmap names it
 * @property {(target: Target, user: number) => Promise<{ target: Target, token?: string }>} fill makes the request valid
 * @property {() => Promise<Record<string, number>>} takeCounts the answers since the last call, by their status
 * @property {() => Promise<void>} stop
 *
 * @typedef {import('./targets.mjs').Target} Target
 */

/**
 * @param {Site} site
 * @param {Target} given
 * @param {number} user
 * @param {{ folder: string, signal: AbortSignal }} surroundings
 */
export async function examine(site, given, user, surroundings) {
  const { target, token } = await site.fill(given, user);
  await requireSuccess(site, target, token);
  await site.takeCounts();
  const started = performance.now();
  const { tested, injectable, output } = await scan(target, { ...surroundings, ...site, token });
  const seconds = (performance.now() - started) / 1000;
  const counts = await site.takeCounts();
  await requireSuccess(site, target, token);
  const { holes = [] } = target;
  const failures = Object.entries(counts).filter(([status]) => Number(status) >= 500);
  const list = (names) => names.join(', ');
  const faults = [
    ['injectable', list(injectable.filter((name) => !holes.includes(name)))],
    ['not found', list(holes.filter((name) => !injectable.includes(name)))],
    ['not tested', list(target.tested.filter((name) => !tested.includes(name)))],
    ['refused', Object.keys(counts).some((status) => status.startsWith('2')) ? '' : 'every request'],
    ['5xx', list(failures.map(([status, count]) => `${count} x ${status}`))],
  ].filter(([, what]) => what !== '');
  return {
    name: target.name,
    parameters: target.tested,
    counts,
    failures: failures.reduce((sum, [, count]) => sum + count, 0),
    seconds,
    verdict: injectable.length === 0 ? 'nothing' : `found ${list(injectable)}`,
    faults: faults.map(([fault, what]) => `${fault}: ${what}`),
    output,
  };
}

/** The request as sqlmap sends it before it changes anything. @returns {Promise<object>} the answer */
export async function send(url, { method, path, query = {}, form, json }, token) {
  const address = new URL(path.replace('*', ''), url);
  address.search = new URLSearchParams(query).toString();
  const response = await fetch(address, {
    method,
    headers: {
      ...(token !== undefined && !form && { authorization: `Bearer ${token}` }),
      ...(json && { 'content-type': 'application/json' }),
    },
    body: form ? new URLSearchParams(form) : json && JSON.stringify(json),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(
      `${method} ${address.pathname} with ${address.search || JSON.stringify(form)} answered ${response.status}: ${text}`,
    );
  return JSON.parse(text);
}

/** Before and after: what is refused from the start, or from somewhere on, is not tested. */
async function requireSuccess({ url }, target, token) {
  if (target.restore) await send(url, { ...target, form: target.restore });
  await send(url, target, token);
}
