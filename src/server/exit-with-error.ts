import { serializeError } from '../common/error-serializer.js';
import { StartupError, exitCodes } from '../common/startup-error.js';

/** Ends the process: with the lines of a StartupError and its exit code, or with what is known of anything else and 1. */
export function exitWithError(error: unknown): never {
  const lines = error instanceof StartupError ? error.lines : [describe(error)];
  for (const line of lines) process.stderr.write(`error: ${line}\n`);
  process.exit(error instanceof StartupError ? error.exitCode : exitCodes.failure);
}

function describe(error: unknown): string {
  const { type, code, message, at } = serializeError(error);
  return [type, code, message, at[0]].filter((part) => part !== undefined).join(' ');
}
