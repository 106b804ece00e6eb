import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, ok, skipped, warning, type Finding } from '../../common/finding.js';
import { foreignFile } from '../../common/foreign-file.js';
import type { Config } from '../../config/config.js';
import { secretFileWarnings } from '../../config/read-config.js';
import { assertSecretFile, secretFileName } from '../../config/secret-files.js';
import type { DatabaseSpace } from '../../database/inspection/database-inspector.js';
import type { Surroundings } from '../check.js';

const gibibyte = 1024 ** 3;
/** Free space below which there is a warning, and an error, in bytes. */
const [warningBytes, errorBytes] = [gibibyte, gibibyte / 10];

/** Whether DATA_DIR, or the folder in which it will be made, can be used, and its secret is private. */
export function checkDataDirectory(config: Config): Finding[] {
  const { dataDirectory, jwt } = config;
  const existing = existingFolder(dataDirectory);
  const exists = existing === dataDirectory;
  const secret = join(dataDirectory, secretFileName);
  if (!canWrite(existing)) {
    const foreign = foreignFile([existing, secret]);
    return [failure(foreign ?? `${existing} cannot be written: DATA_DIR must be a folder that this user can write.`)];
  }
  if (jwt.keys.kind === 'secret' && jwt.keys.secret === undefined) assertSecretFile(secret);
  const warnings = secretFileWarnings(config).map(warning);
  if (warnings.length > 0) return warnings;
  return [ok(exists ? dataDirectory : `the first start makes ${dataDirectory}`)];
}

/** The free space of DATA_DIR, and of the database where it can be known. */
export async function checkDisk(
  { dataDirectory }: Config,
  { space }: Surroundings,
  findDatabaseSpace: () => Promise<DatabaseSpace | undefined>,
): Promise<Finding[]> {
  const findings = [freeSpace('DATA_DIR', await space(existingFolder(dataDirectory)))];
  const database = await findDatabaseSpace().catch(() => undefined);
  if (database?.bytes !== undefined) findings.push(ok(`the tables of the database occupy ${size(database.bytes)}`));
  const { directory } = database ?? {};
  if (directory !== undefined) {
    const found = await space(directory).catch(() => undefined);
    findings.push(
      found
        ? freeSpace(directory, found)
        : skipped(`the disk of ${directory} cannot be seen from here: watch it there`),
    );
  }
  return findings;
}

function freeSpace(name: string, { free, total }: { free: number; total: number }): Finding {
  const text = `${size(free)} of ${size(total)} free for ${name}`;
  const advice = 'make room, or messages can no longer be saved';
  if (free < errorBytes) return failure(`Only ${text}: ${advice}.`);
  return free < warningBytes ? warning(`Only ${text}: ${advice}.`) : ok(text);
}

/** The folder itself, or the nearest one above that exists. */
function existingFolder(folder: string): string {
  try {
    // A link to a folder that does not exist is one that cannot be made.
    const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
    return isThere || dirname(folder) === folder ? folder : existingFolder(dirname(folder));
  } catch {
    // It may not be seen.
    return folder;
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function size(bytes: number): string {
  return bytes < gibibyte ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / gibibyte).toFixed(1)} GiB`;
}
