import { downloadKeySet } from '../../auth/key-set.js';
import { failure, ok, skipped, warning, type Finding } from '../../common/finding.js';
import { reasonOf } from '../../common/failure-reason.js';
import { serviceName } from '../../common/version.js';
import { addressOf } from '../../common/unreachable-error.js';
import type { Config } from '../../config/config.js';
import { cdnLoopId } from '../../http/cdn-loop.js';
import { inspectMoodleDatabase, inspectMoodleUrls } from '../../moodle/moodle-inspection.js';
import { get } from '../http-probe.js';

const timeoutMs = 8000;
/** Key types of RS256, ES256 and EdDSA. */
const usableTypes = ['RSA', 'EC', 'OKP'];

export async function checkKeyServer({ jwt: { keys } }: Config): Promise<Finding[]> {
  if (keys.kind !== 'jwks') return [skipped('JWKS_URL is not set')];
  try {
    const text = await downloadKeySet(keys.url.href, { signal: AbortSignal.timeout(timeoutMs) });
    const { keys: published } = JSON.parse(text) as { keys: { kty?: unknown }[] };
    const usable = published.filter(({ kty }) => usableTypes.includes(String(kty)));
    if (usable.length > 0) return [ok(`${usable.length} usable keys at ${keys.url.href}`)];
    return [failure(`JWKS_URL ${keys.url.href} has no key for RS256, ES256 or EdDSA: no token can be verified.`)];
  } catch (error) {
    const address = addressOf(keys.url);
    return [failure(`JWKS_URL (${address}) does not give its keys: ${reasonOf(error)}. No new token can be verified.`)];
  }
}

/** Whether LEGACY_UPSTREAM_URL answers, and does not lead back to this server. */
export async function checkUpstream({ legacy: { upstream } }: Config): Promise<Finding[]> {
  if (!upstream) return [skipped('LEGACY_UPSTREAM_URL is not set')];
  const answer = await get(upstream, { headers: { 'cdn-loop': cdnLoopId } });
  if (typeof answer === 'string') {
    return [failure(`LEGACY_UPSTREAM_URL: ${answer}. Pages that need the original endpoint fail with 502.`)];
  }
  if (answer.status === 508 || isThisService(answer.json)) {
    return [failure('LEGACY_UPSTREAM_URL leads back to this service: name the address behind the proxy.')];
  }
  if (answer.status >= 500) {
    return [warning(`LEGACY_UPSTREAM_URL answers with ${answer.status}: look at the log of that web server.`)];
  }
  return [ok(`${upstream.href} answers`)];
}

export async function checkMoodleUrls(config: Config): Promise<Finding[]> {
  return config.moodle ? inspectMoodleUrls(config, config.moodle) : [skipped('AUTH=moodle is not set')];
}

export async function checkMoodleDatabase({ moodle }: Config): Promise<Finding[]> {
  return moodle ? inspectMoodleDatabase(moodle) : [skipped('AUTH=moodle is not set')];
}

/** By its name, or the form of its problems or of the errors of its legacy endpoint: those of the original have no `code`. */
function isThisService(json: Record<string, unknown> | undefined): boolean {
  const isProblem = typeof json?.requestId === 'string' && typeof json.instance === 'string';
  return json?.name === serviceName || isProblem || (json?.success === false && json.code === 'method_not_allowed');
}
