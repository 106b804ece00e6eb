import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { Config } from '../config/config.js';

/** Injection token of the one `SigningSecret`; undefined where tokens are checked with public keys. */
export const SIGNING_SECRET = Symbol('signing secret');

export interface SigningSecret {
  bytes: Uint8Array;
  /** True when nobody has configured one: the server may then hand out tokens for trying it out. */
  generated: boolean;
}

/**
 * The configured secret as its UTF-8 bytes, or the generated one, which is made at the first start and kept in the
 * data directory, readable by its owner alone. Undefined where tokens are checked with public keys.
 * @throws StartupError when the data directory cannot be used
 */
export function loadSigningSecret({ jwt: { keys }, dataDirectory }: Config): SigningSecret | undefined {
  if (keys.kind !== 'secret') return undefined;
  if (keys.secret !== undefined) return { bytes: Buffer.from(keys.secret), generated: false };
  const file = join(dataDirectory, 'jwt-secret');
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const text = readIfExists(file) ?? createSecret(file);
    if (Buffer.byteLength(text) < 32) throw new StartupError([`${file} is damaged: delete it to have a new one made`]);
    return { bytes: Buffer.from(text), generated: true };
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      [`DATA_DIR ${dataDirectory} cannot be used (${code ?? 'unknown'}): it must be a folder that can be written`],
      exitCodes.configuration,
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

/** Two processes may do this at once: linking is atomic, so both use what the first has made. */
function createSecret(file: string): string {
  const secret = `${randomBytes(48).toString('base64url')}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, secret, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Some file systems have no links.
    if (code !== 'EEXIST') writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}
