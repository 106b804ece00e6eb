import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * Parses a command line that may contain database URLs.
 * @param toError makes the error to throw of a problem, which quotes no argument: it may be a URL with a password
 */
export function parseSecretArguments<T extends Options>(
  args: string[],
  options: T,
  toError: (problem: string) => Error,
): Values<T> {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') throw toError('arguments without an option are not allowed');
    const [line = ''] = message.split('\n', 1);
    throw toError(line.includes('://') ? 'an option is unknown' : line);
  }
}
