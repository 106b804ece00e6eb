import { exitCodes } from '../common/startup-error.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { copyHelp, readCopyOptions } from '../copy/copy-options.js';
import { runCopy } from '../copy/run-copy.js';
import { printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

/** `npm run copy`: copies all chats from SQLite to MariaDB or MySQL. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, copyHelp);
  // The temporary copy must be readable only by the user of this process.
  process.umask(0o077);
  // A closed pipe on standard output (EPIPE) must not stop the copy.
  process.stdout.on('error', () => undefined);
  const environment = readEnvironment();
  const { from, to, toName } = readCopyOptions(args, environment.DATABASE_URL);
  const { database } = readConfig({ ...environment, DATABASE_URL: to });
  if (database.engine !== 'mysql') throw new Error('a database URL leads to MySQL');
  const isSame = await runCopy(from, database, (text) => process.stdout.write(text), toName);
  if (!isSame) process.exitCode = exitCodes.failure;
}

await main().catch(exitWithError);
