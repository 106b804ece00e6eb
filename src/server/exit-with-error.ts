import { serializeError } from '../common/error-serializer.js';
import { StartupError, exitCodes } from '../common/startup-error.js';

/** Prints an error to standard error and exits, with the exit code of a StartupError or 1 for any other error. */
export function exitWithError(error: unknown): never {
  const lines = error instanceof StartupError ? error.lines : [describe(error)];
  for (const line of lines) process.stderr.write(`error: ${line}\n`);
  process.exit(error instanceof StartupError ? error.exitCode : exitCodes.failure);
}

function describe(error: unknown): string {
  const { type, code, message, at } = serializeError(error);
  return [type, code, message, at[0]].filter((part) => part !== undefined).join(' ');
}
