import { setFlagsFromString } from 'node:v8';
import { exitCodes } from '../common/startup-error.js';
import { readTls } from '../config/read-database.js';
import { EnvReader } from '../config/env-reader.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { importHelp, readImportOptions } from '../import/import-options.js';
import { runImport } from '../import/run-import.js';
import { JsonOutput, TextOutput } from '../import/report/output.js';
import { printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

/** `npm run import:moodle`: imports the chats of a Moodle plugin, shows what an import would do, or verifies one. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, importHelp);
  // The database must be readable only by the user of this process.
  process.umask(0o077);
  // A closed pipe on standard output (EPIPE) must not stop the import.
  process.stdout.on('error', () => undefined);
  // Most allocations are short-lived: keep the heap small instead of letting it grow to the memory of the machine.
  setFlagsFromString('--heap-growing-percent=10');
  const environment = readEnvironment();
  const options = readImportOptions(args, environment.IMPORT_FROM);
  const { database } = readConfig(environment);
  const tls = readTls(new EnvReader(environment));
  const write = (text: string) => process.stdout.write(text);
  const isClean = await runImport(
    { ...options, tls },
    database,
    options.json ? new JsonOutput(write) : new TextOutput(write),
  );
  if (!isClean) process.exitCode = exitCodes.failure;
}

await main().catch(exitWithError);
