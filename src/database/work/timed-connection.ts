import type { Socket } from 'node:net';
import type { Pool, PoolConnection } from 'mysql2';
import { deadlines } from '../../common/deadlines.js';
import { DatabaseUnavailableError } from '../database.errors.js';

/** A connection of mysql2 or of SQLite. */
interface Connection {
  /** The socket of mysql2. */
  stream?: Pick<Socket, 'destroy'>;
}

/**
 * Connects, and breaks the connection at the deadline: the statement that is running on it then ends like one whose
 * connection was lost. Connections to SQLite run every statement at once and are not broken.
 * @param deadline on the clock of `performance.now()`; Infinity for none
 * @returns the connection, and a function that removes the deadline
 * @throws DatabaseUnavailableError when there is no connection at the deadline, and what `connect` throws
 */
export async function connectUntil<Connected extends Connection>(
  deadline: number,
  connect: () => Promise<Connected>,
): Promise<{ connection: Connected; stop: () => void }> {
  if (deadline === Infinity) return { connection: await connect(), stop: () => undefined };
  return new Promise((resolve, reject) => {
    let connected: Connected | undefined;
    let isOver = false;
    const stop = deadlines.add(deadline, () => {
      isOver = true;
      if (connected) breakConnection(connected);
      else reject(new DatabaseUnavailableError());
    });
    connect().then(
      (connection) => {
        connected = connection;
        // Nobody would release it any more.
        if (isOver) breakConnection(connection);
        else resolve({ connection, stop });
      },
      (error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** A connection with the property that mysql2's types lack. */
type OpenConnection = PoolConnection & { stream: Socket };

/** Takes a connection of the pool, or opens one. @throws what the driver throws */
export function connectTo(pool: Pool): Promise<OpenConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) reject(error);
      else resolve(connection as OpenConnection);
    });
  });
}

/** mysql2 ends a command only when the socket has closed: its `destroy` waits for the server. */
function breakConnection({ stream }: Connection): void {
  stream?.destroy();
}
