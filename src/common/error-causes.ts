/** The error and its causes, the innermost last; empty for a value that is no error. */
export function errorCauses(error: unknown): (Error & { code?: unknown })[] {
  return error instanceof Error ? [error, ...errorCauses(error.cause)] : [];
}
