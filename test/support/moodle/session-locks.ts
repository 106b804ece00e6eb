import type { ServerResponse } from 'node:http';
import { withTimeout } from '../../../src/common/with-timeout.js';

/** The lock that PHP holds for each session: while one request of a session runs, its other requests wait. */
export class SessionLocks {
  /** How long a request waits for the lock, in ms; Moodle's own limit is 120 s. Undefined: there are no locks. */
  limitMs: number | undefined;
  /** The ends of the last requests of each session. */
  readonly #last = new Map<string, Promise<void>>();

  /** Calls `work` once the session is free. It is free again when the response is sent or its connection closed. */
  async hold(session: string, response: ServerResponse, work: () => void): Promise<void> {
    if (this.limitMs === undefined) {
      work();
      return;
    }
    const before = this.#last.get(session) ?? Promise.resolve();
    const isClosed = new Promise<void>((resolve) => response.once('close', resolve));
    this.#last.set(
      session,
      before.then(() => isClosed),
    );
    const isFree = await withTimeout(
      this.limitMs,
      before.then(() => true),
      () => false,
    );
    if (response.destroyed) return;
    if (isFree) work();
    else {
      // Moodle's answer when the lock cannot be had.
      const error = { error: 'Unable to obtain session lock', errorcode: 'sessionwaiterr' };
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify(error));
    }
  }
}
