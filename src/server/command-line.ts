import { parseArgs, type ParseArgsConfig } from 'node:util';
import { StartupError, exitCodes } from '../common/startup-error.js';
import { version } from '../common/version.js';
import { parseId } from '../owners/owner.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** Prints `help` for `--help` or `-h`, the version for `--version`, and then ends the process with exit code 0. */
export function printHelpOrVersion(args: string[], help: string): void {
  if (args.includes('--help') || args.includes('-h')) print(help);
  if (args.includes('--version')) print(version);
}

/** @throws StartupError with the usage, for an option that is unknown or has no value, and for any other argument */
export function parseOptions<T extends Options>(args: string[], options: T, usage: string): Values<T> {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw usageError(usage, (error as Error).message.split('\n', 1)[0]);
  }
}

/** @throws StartupError with the usage, for anything but a decimal number from 1 to 4294967295 */
export function parseIdOption(name: string, text: string | undefined, usage: string): number {
  const id = parseId(text);
  if (id === undefined) throw usageError(usage, `--${name} must be a number from 1 to 4294967295`);
  return id;
}

/** A wrong command line: exit code 78, since the same one will not do later. */
export function usageError(usage: string, problem?: string): StartupError {
  return new StartupError(problem === undefined ? [usage] : [problem, usage], exitCodes.configuration);
}

function print(text: string): never {
  process.stdout.write(`${text}\n`);
  process.exit(0);
}
