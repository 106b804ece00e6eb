import { setFlagsFromString } from 'node:v8';
import { exitCodes } from '../common/startup-error.js';
import { readTls } from '../config/read-database.js';
import { EnvReader } from '../config/env-reader.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { readImportOptions } from '../import/import-options.js';
import { runImport } from '../import/run-import.js';
import { JsonOutput, TextOutput } from '../import/report/output.js';
import { exitWithError } from '../server/exit-with-error.js';

/** Brings the chats of a Moodle into this service's database, or says what it would do, or compares what it did. */
async function main(): Promise<void> {
  // What this process writes is for its own user alone.
  process.umask(0o077);
  // Whoever reads along and leaves does not take the import with them.
  process.stdout.on('error', () => undefined);
  // What lives is small and what dies is much: a heap that grows slowly, rather than up to what the machine has.
  setFlagsFromString('--heap-growing-percent=10');
  const environment = readEnvironment();
  const options = readImportOptions(process.argv.slice(2), environment.IMPORT_FROM);
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
