import { backupHelp, readBackupOptions } from '../backup/backup-options.js';
import { runBackup } from '../backup/run-backup.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

/** `npm run backup`: writes all data into one file. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, backupHelp);
  // The backup must be readable only by the user of this process.
  process.umask(0o077);
  // A closed pipe on standard output (EPIPE) must not stop the backup.
  process.stdout.on('error', () => undefined);
  const { to } = readBackupOptions(args);
  process.stdout.write(await runBackup(readConfig(readEnvironment()), to));
}

await main().catch(exitWithError);
