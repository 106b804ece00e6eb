import { isLoopback, withoutBrackets } from '../common/net.js';
import type { EnvReader } from './env-reader.js';
import type { VariableName } from './env-variables.js';

/** Longest path prefix, in characters: it becomes part of a response header. */
const maxPrefixLength = 200;

/**
 * The path under which a proxy publishes this server, without a trailing slash; empty for the root.
 * @returns undefined for anything but a plain path: segments of `A-Z a-z 0-9 . _ ~ -` other than `.` and `..`, 200
 *   characters or less
 */
export function plainPathPrefix(path: string): string | undefined {
  const prefix = path.replace(/\/$/, '');
  if (prefix === '') return '';
  if (prefix.length > maxPrefixLength || !/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix)) return undefined;
  return /\/\.{1,2}(\/|$)/.test(prefix) ? undefined : prefix;
}

/**
 * Reads the URL of another service. `insecureMessage` is the problem with a plain http:// URL, which is accepted only for
 * loopback or with `allowInsecure`, because secrets are sent to the service or its responses are trusted.
 * Problems do not quote the URL, because it may contain a password.
 */
export function readHttpUrl(
  reader: EnvReader,
  name: VariableName,
  { allowInsecure, insecureMessage }: { allowInsecure: boolean; insecureMessage: string },
): URL | undefined {
  const text = reader.optional(name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    reader.addProblem(
      name,
      'must be an http:// or https:// URL without user, query or fragment, like https://moodle.example.org',
    );
  } else if (!allowInsecure && url.protocol === 'http:' && !isLoopback(withoutBrackets(url.hostname))) {
    reader.addProblem(name, insecureMessage);
  }
  return url;
}
