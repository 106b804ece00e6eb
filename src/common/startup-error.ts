/** Exit codes of the server and its commands. 78 is EX_CONFIG of sysexits.h; a supervisor should not restart after it. */
export const exitCodes = { failure: 1, configuration: 78 } as const;

/** An error at startup that the operator can fix. It is printed as one line per problem, without a stack. */
export class StartupError extends Error {
  constructor(
    readonly lines: string[],
    readonly exitCode: number = exitCodes.failure,
  ) {
    super(lines.join('\n'));
  }
}

/** A problem of the configuration, the command line or the surroundings: exit code 78. */
export function configurationError(problem: string): StartupError {
  return new StartupError([problem], exitCodes.configuration);
}
