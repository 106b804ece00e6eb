/** What the model refuses, and so must the server; nothing has changed. */
export class Refusal extends Error {
  /** @param contentBytes of a message that is written in chunks, in bytes of UTF-8 */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly contentBytes?: number,
  ) {
    super(`${status} ${code}`);
  }
}

export const sessionNotFound = () => new Refusal(404, 'session_not_found');
export const messageNotFound = () => new Refusal(404, 'message_not_found');

/** The result of a change of the model, or its refusal. */
export function outcomeOf<Result>(change: () => Result): Result | Refusal {
  try {
    return change();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
