import { AsyncLocalStorage } from 'node:async_hooks';

/** The request for which asynchronous code works. */
export interface RequestContext {
  /** Identifies the owner, or the address of a caller who is not authenticated. */
  readonly caller: string;
  /** Whether the caller has closed the connection: nobody waits for the answer. */
  readonly hasLeft: boolean;
  /** How long the request has waited before anything was done for it, in ms. */
  readonly waitedMs: number;
  /** Says that its work waits for other work of its caller, so that it does not keep requests of others out. */
  park(): void;
  /** When work in the database must end, on the clock of `performance.now()`; undefined before its first use. */
  deadline: number | undefined;
}

/** Empty outside requests: in commands, and while the server starts. */
export const requestStorage = new AsyncLocalStorage<RequestContext>();
