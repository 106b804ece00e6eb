import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foreignFile } from '../common/foreign-file.js';
import { StartupError, configurationError } from '../common/startup-error.js';
import type { Config } from '../config/config.js';
import { assertSecretFile, secretFileName } from '../config/secret-files.js';

/** Injection token of `SigningSecret`; its value is undefined if tokens are verified with public keys. */
export const SIGNING_SECRET = Symbol('signing secret');

/** The secret of HS256 tokens. */
export interface SigningSecret {
  bytes: Uint8Array;
  /** True if no secret is configured; only then does the server hand out sample tokens. */
  generated: boolean;
}

/**
 * Returns the UTF-8 bytes of the configured secret or, without one, a secret that is generated at the first start and
 * stored in the data directory with file mode 600. Undefined if tokens are verified with public keys.
 * @throws StartupError if the data directory cannot be used, or all users of this machine may read the secret
 */
export function loadSigningSecret({ jwt: { keys }, dataDirectory }: Config): SigningSecret | undefined {
  if (keys.kind !== 'secret') return undefined;
  if (keys.secret !== undefined) return { bytes: Buffer.from(keys.secret), generated: false };
  const file = join(dataDirectory, secretFileName);
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const text = readIfExists(file) ?? createSecret(file);
    if (Buffer.byteLength(text) < 32)
      throw configurationError(`${file} is damaged: delete it, and the next start creates a new one`);
    assertSecretFile(file);
    return { bytes: Buffer.from(text), generated: true };
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw configurationError(
      foreignFile([dataDirectory, file]) ??
        `DATA_DIR ${dataDirectory} cannot be used (${code ?? 'unknown'}): it must be a writable directory`,
    );
  }
}

function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Linking is atomic: if two processes do this at the same time, both use the secret of the first one. */
function createSecret(file: string): string {
  const secret = `${randomBytes(48).toString('base64url')}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, secret, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Some file systems do not support links.
    if (code !== 'EEXIST') writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}
