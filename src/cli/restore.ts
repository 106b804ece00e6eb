import { readRestoreOptions, restoreHelp } from '../backup/backup-options.js';
import { runRestore } from '../backup/run-restore.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

/** `npm run restore`: brings the data of a backup into an empty place. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, restoreHelp);
  // The database must be readable only by the user of this process.
  process.umask(0o077);
  // A closed pipe on standard output (EPIPE) must not stop the restore.
  process.stdout.on('error', () => undefined);
  const options = readRestoreOptions(args);
  process.stdout.write(await runRestore(readConfig(readEnvironment()), options));
}

await main().catch(exitWithError);
