export interface Secret {
  kind: string;
  value: string;
}

/** A line of a log that has a secret, or what has the form of a token. */
export interface Leak {
  kind: string;
  line: string;
}

/** The lines that have one of the secrets, as it is or within a string of JSON, or anything that has the form of a token. */
export function findLeaks(lines: string[], secrets: Secret[]): Leak[];
/** What the workers of a run have written into its folder, each line once. */
export function readRun(folder: string): { lines: string[]; secrets: Secret[] };
