import { readTextWithLimit } from '../common/read-text-with-limit.js';

/** Maximum size of a published key set, in bytes. */
const maxKeySetBytes = 256 * 1024;

/**
 * Downloads a published key set (RFC 7517).
 * @returns its text
 * @throws Error if it is invalid or has a private key, and what `fetch` throws
 */
export async function downloadKeySet(url: string, options: RequestInit): Promise<string> {
  const response = await fetch(url, options);
  if (response.status !== 200) throw new Error(`JWKS_URL answered with status ${response.status}`);
  const text = await readTextWithLimit(response, maxKeySetBytes);
  assertKeySet(text);
  return text;
}

/** Before it replaces the previous one. */
function assertKeySet(text: string): void {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('JWKS_URL answered without a list of keys');
  const isPrivate = (key: unknown) => typeof key === 'object' && key !== null && 'd' in key;
  if (keys.some(isPrivate)) throw new Error('JWKS_URL publishes a private key');
}
