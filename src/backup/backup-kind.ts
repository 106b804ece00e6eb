import { createReadStream, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { assertFinished } from '../common/finished-backup.js';
import { configurationError } from '../common/startup-error.js';
import { errorCode } from '../database/transactions/driver-errors.js';
import type { DatabaseConfig } from '../config/config.js';
import { sqliteMagic } from '../database/sqlite/database-file.js';
import { headerStart } from './mysql/dump-file.js';
import { notABackup } from './schema-check.js';

const gzipStart = '\x1f\x8b';

/**
 * Checks that a file is a backup of the engine that is configured.
 * @throws StartupError
 */
export async function assertKind(file: string, engine: DatabaseConfig['engine']): Promise<void> {
  assertFinished(file);
  const start = await readStart(file);
  const isCompressed = start.startsWith(gzipStart);
  const content = isCompressed ? await readUnpackedStart(file) : start;
  if (content.startsWith(sqliteMagic)) {
    if (isCompressed) throw configurationError(`${file} is compressed: unpack it with gunzip first`);
    if (engine === 'sqlite') return;
    throw configurationError(
      `${file} is a backup of SQLite, and DATABASE_URL names MariaDB or MySQL: npm run copy -- --from ${file} brings it there`,
    );
  }
  if (!content.startsWith(headerStart)) throw notABackup(file);
  if (!isCompressed) throw configurationError(`${file} was unpacked: compress it with gzip again`);
  if (engine === 'sqlite') {
    throw configurationError(`${file} is a backup of MariaDB or MySQL: DATABASE_URL must name a database there`);
  }
}

async function readStart(file: string): Promise<string> {
  try {
    // Opening a pipe would wait for its writer.
    if (!statSync(file).isFile()) throw configurationError(`${file} is not a regular file`);
    return await firstBytes(createReadStream(file, { end: 63 }));
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    throw configurationError(code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${code})`);
  }
}

async function readUnpackedStart(file: string): Promise<string> {
  const compressed = createReadStream(file, { end: 65_535 });
  try {
    return await firstBytes(compressed.pipe(createGunzip()));
  } catch {
    // Not even its beginning can be unpacked.
    return '';
  } finally {
    compressed.destroy();
  }
}

async function firstBytes(stream: AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of stream) return chunk.subarray(0, 64).toString('latin1');
  return '';
}
