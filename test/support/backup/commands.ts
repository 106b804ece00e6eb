import { join } from 'node:path';
import { readConfig } from '../../../src/config/read-config.js';
import { runBackup } from '../../../src/backup/run-backup.js';
import { runRestore } from '../../../src/backup/run-restore.js';
import type { TestDatabase } from '../database/test-database.js';
import { Program, root, runOurs, type Ending, type Environment } from '../process/program.js';

/** Runs `npm run backup` in this process. */
export function backUp({ environment }: TestDatabase, to: string): Promise<string> {
  return runBackup(readConfig(environment), to);
}

/** Runs `npm run restore` in this process. */
export function restore({ environment }: TestDatabase, from: string, replace = false): Promise<string> {
  return runRestore(readConfig(environment), { from, replace });
}

/** Runs `npm run backup` in a process of its own. */
export function runBackupProcess(environment: Environment, to: string): Promise<Ending> {
  return runOurs('cli/backup.js', ['--to', to], { environment });
}

/** Runs `npm run restore` in a process of its own. */
export function runRestoreProcess(environment: Environment, from: string, options: string[] = []): Promise<Ending> {
  return runOurs('cli/restore.js', ['--from', from, ...options], { environment });
}

/** Starts a backup that stops when half of the database is copied, until the file exists. */
export async function backupHalfWay(environment: Environment, to: string, continueFile: string): Promise<Program> {
  const stop = join(root, 'test/support/backup/half-copy.mjs');
  const program = new Program([process.execPath, '--import', stop, join(root, 'dist/src/cli/backup.js'), '--to', to], {
    environment: { ...environment, CONTINUE_FILE: continueFile },
  });
  await program.untilPrinted(/half way/);
  return program;
}
