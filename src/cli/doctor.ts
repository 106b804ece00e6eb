import { doctorHelp, runDoctor } from '../doctor/run-doctor.js';
import { surroundings } from '../doctor/surroundings.js';
import { parseOptions, printHelpOrVersion } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

/** `npm run doctor`: checks everything that the server needs, and says what to do. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  printHelpOrVersion(args, doctorHelp);
  // A closed pipe on standard output (EPIPE) must not end it before it has closed the database.
  process.stdout.on('error', () => undefined);
  const { json } = parseOptions(
    args,
    { json: { type: 'boolean', default: false } },
    'usage: npm run doctor [-- --json]',
  );
  // Also false with NO_COLOR and on a terminal without colours.
  const hasColours = process.stdout.isTTY && process.stdout.hasColors();
  const exitCode = await runDoctor({ json, hasColours, write: (text) => process.stdout.write(text) }, surroundings);
  // Connections that hang would keep the process.
  process.exit(exitCode);
}

await main().catch(exitWithError);
