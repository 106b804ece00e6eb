import { configurationError } from '../../common/startup-error.js';
import { sealFile, type StoredFile } from '../../database/sqlite/stored-file.js';
import { sqlitePrimaryNumber } from '../../database/transactions/driver-errors.js';
import { notABackup } from '../schema-check.js';

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/**
 * Makes one file of a copied database and its logs, and checks it.
 * @param origin what it was copied from, for errors
 * @throws StartupError when it is damaged, or not a database of this service
 */
export function checkPart(part: string, origin: string): StoredFile {
  const stored = seal(part, origin);
  if (stored.damage !== undefined) throw damaged(origin, stored.damage);
  if (stored.migrations.length === 0) throw notABackup(origin);
  return stored;
}

function seal(part: string, origin: string): StoredFile {
  try {
    return sealFile(part);
  } catch (error) {
    const number = sqlitePrimaryNumber(error);
    if (number !== sqliteCorrupt && number !== sqliteNotADatabase) throw error;
    throw damaged(origin, (error as Error).message);
  }
}

function damaged(origin: string, damage: string): Error {
  return configurationError(`${origin} is damaged (${damage}): restore an older backup`);
}
