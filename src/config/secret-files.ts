import { randomUUID } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseUrls, type VariableName } from './env-variables.js';
import { configurationError } from '../common/startup-error.js';

/** Name of the generated secret in the data directory. */
export const secretFileName = 'jwt-secret';

/** Permission bits to read or write, of a file's group and of all other users. */
const groupAccess = 0o060;
const othersAccess = 0o006;

/** @throws StartupError if all users of this machine may read or change the file, which has a secret */
export function assertSecretFile(file: string): void {
  if ((modeOf(file) & othersAccess) === 0 || !keepsModes(dirname(file))) return;
  throw configurationError(`${file} has a secret and is open to all users of this machine: run chmod 600 ${file}`);
}

/** A warning if the group of the file, which has a secret, may read or change it. */
export function secretFileWarning(file: string): string | undefined {
  if ((modeOf(file) & groupAccess) === 0 || !keepsModes(dirname(file))) return undefined;
  return `${file} has a secret and is open to its group: run chmod 600 ${file} unless that is intended`;
}

/** True if one of the variables has a secret, or a URL with a password. */
export function hasSecrets(variables: NodeJS.Dict<string>): boolean {
  const secrets: VariableName[] = ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'METRICS_TOKEN', 'OTEL_EXPORTER_OTLP_HEADERS'];
  return (
    secrets.some((name) => variables[name]) ||
    databaseUrls.some((name) => /^[^:]+:\/\/[^:]*:[^@]+@/.test(variables[name] ?? ''))
  );
}

/** 0 for a file that does not exist or cannot be seen, and where files have no such permissions. */
function modeOf(file: string): number {
  if (process.platform === 'win32') return 0;
  try {
    return statSync(file).mode;
  } catch {
    return 0;
  }
}

/** False for a file system that gives all files one mode, like those that WSL and virtual machines share with Windows. */
function keepsModes(directory: string): boolean {
  const probe = join(directory, `.mode-${randomUUID()}`);
  try {
    writeFileSync(probe, '', { mode: 0o600, flag: 'wx' });
    return (modeOf(probe) & (groupAccess | othersAccess)) === 0;
  } catch {
    return true;
  } finally {
    rmSync(probe, { force: true });
  }
}
