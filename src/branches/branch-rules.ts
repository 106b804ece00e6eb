/** The parent of messages with which a session begins. */
export const rootParent = 0;

/** The reason why a text cannot be the id of a message; undefined for one that can. */
export function messageIdProblem(id: string): string | undefined {
  return parseMessageId(id) === undefined ? 'must be the id of a message' : undefined;
}

/** Parses a message id; undefined for a text that cannot be one. */
export function parseMessageId(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}
