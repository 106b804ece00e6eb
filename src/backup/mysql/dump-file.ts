import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { configurationError } from '../../common/startup-error.js';
import { errorCode } from '../../database/transactions/driver-errors.js';
import type { ExecutedMigration } from '../../database/migrations/schema-compatibility.js';
import { notABackup } from '../schema-check.js';

/** The beginning of every dump. */
export const headerStart = '-- chat store backup ';
/** How the dump programs end. */
const completed = /\n-- Dump completed[^\n]*\n$/;
/** Bytes of the end of a dump that are looked at. */
const tailBytes = 200;
const maxHeaderBytes = 65_536;
const damagedCodes = ['Z_BUF_ERROR', 'Z_DATA_ERROR', 'Z_ERRNO'];

/** The first line of a backup of MariaDB or MySQL, as a comment of SQL. */
export interface DumpHeader {
  format: 1;
  /** The version of this program. */
  version: string;
  /** When the backup began, as an ISO time. */
  createdAt: string;
  tables: string[];
  /** Executed migrations, oldest first. */
  migrations: ExecutedMigration[];
}

export function headerLine(header: DumpHeader): string {
  return `${headerStart}${JSON.stringify(header)}\n`;
}

/** The end of a text that passes in pieces. */
export class Tail {
  #bytes = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]).subarray(-tailBytes);
  }

  get isComplete(): boolean {
    return completed.test(this.#bytes.toString('latin1'));
  }
}

/** The SQL of a backup. Destroying it closes the file. */
export function readDump(file: string): Readable {
  const compressed = createReadStream(file);
  const sql = createGunzip();
  compressed.once('error', (error) => sql.destroy(error));
  sql.once('close', () => compressed.destroy());
  return compressed.pipe(sql);
}

/**
 * Reads a backup to its end.
 * @throws StartupError when it is not one, or it is not complete and undamaged
 */
export async function checkDump(file: string): Promise<DumpHeader> {
  const tail = new Tail();
  let header: DumpHeader | undefined;
  let start = Buffer.alloc(0);
  try {
    for await (const chunk of readDump(file) as AsyncIterable<Buffer>) {
      tail.add(chunk);
      if (header) continue;
      start = Buffer.concat([start, chunk]);
      if (start.includes('\n') || start.length > maxHeaderBytes) header = parseHeader(start, file);
    }
  } catch (error) {
    if (!damagedCodes.includes(errorCode(error) ?? '')) throw error;
    throw damaged(file);
  }
  if (!header || !tail.isComplete) throw damaged(file);
  return header;
}

function damaged(file: string): Error {
  return configurationError(`${file} is truncated or damaged: restore another backup`);
}

function parseHeader(start: Buffer, file: string): DumpHeader {
  const [line = ''] = start.toString().split('\n', 1);
  if (!line.startsWith(headerStart)) throw notABackup(file);
  try {
    const header = JSON.parse(line.slice(headerStart.length)) as { format: number };
    if (header.format === 1) return header as DumpHeader;
  } catch {
    throw notABackup(file);
  }
  throw configurationError(`${file} was written by a newer version of this program: restore it with that version`);
}
