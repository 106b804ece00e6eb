/** What a program did with a server, for comparison. */
export interface Outcome {
  title: string;
  /** The session is the first of the list. */
  listed: boolean;
  saved: string;
  /** The status of the same save again. */
  repeated: number;
  contents: string[];
  /** The status for an `ETag` that the client has already. */
  unchanged: number;
  code: string;
  wrongFields: string[];
  deleted: number;
}
