import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { secretFileName } from '../config/secret-files.js';
import { backupMysql } from './mysql/backup-mysql.js';
import { backupSqlite } from './sqlite/backup-sqlite.js';

/**
 * Writes a backup into a file.
 * @returns what to tell the administrator
 * @throws StartupError when there is no whole backup at the end; the file does not exist then
 */
export async function runBackup(config: Config, to: string): Promise<string> {
  const started = Date.now();
  const { database } = config;
  const time = database.engine === 'sqlite' ? await backupSqlite(database.file, to) : await backupMysql(database, to);
  const mebibytes = (statSync(resolve(to)).size / 1024 / 1024).toFixed(1);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  return [
    `${resolve(to)}: ${mebibytes} MiB in ${seconds} s. It has everything that was saved before ${new Date(time).toISOString()}.`,
    `It does not have settings or secrets: keep a copy of ${secrets(config)} in another safe place.`,
    '',
  ].join('\n');
}

function secrets({ dataDirectory, jwt }: Config): string {
  const file = join(dataDirectory, secretFileName);
  const isGenerated = jwt.keys.kind === 'secret' && jwt.keys.secret === undefined && existsSync(file);
  return isGenerated ? `${file}, without which all tokens end, and of .env` : 'the variables of the server (.env)';
}
