export interface Secret {
  kind: string;
  value: string;
}

/** A log line that has a secret, or text in the form of a token. */
export interface Leak {
  kind: string;
  line: string;
}

/** The lines that have one of the secrets, also inside a JSON string, or text in the form of a token. */
export function findLeaks(lines: string[], secrets: Secret[]): Leak[];
/** The lines that the workers of a run have written into its folder, each once. */
export function readRun(folder: string): { lines: string[]; secrets: Secret[] };
