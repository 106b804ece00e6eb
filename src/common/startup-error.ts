/** Exit codes of the server and its commands; 78 is EX_CONFIG of sysexits.h, which a supervisor should not restart on. */
export const exitCodes = { failure: 1, configuration: 78 } as const;

/** A reason not to start that the person at the terminal can mend: one clear line each, no stack. */
export class StartupError extends Error {
  constructor(
    readonly lines: string[],
    readonly exitCode: number = exitCodes.failure,
  ) {
    super(lines.join('\n'));
  }
}
