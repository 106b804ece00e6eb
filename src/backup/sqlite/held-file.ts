import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { StartupError } from '../../common/startup-error.js';
import { errorCode } from '../../database/transactions/driver-errors.js';
import { holdRequest, snapshotSocketPath } from '../../database/sqlite/snapshot-socket.js';

const notRunning = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ENOTSOCK'];
/** Time between two requests that keep the snapshot, in ms. */
const keepIntervalMs = 5000;

/** A database file that a running server keeps as it is. */
export class HeldFile {
  readonly #answers: AsyncIterator<string, undefined>;
  readonly #lines: Interface;

  private constructor(private readonly socket: Socket) {
    this.#lines = createInterface(socket);
    this.#answers = this.#lines[Symbol.asyncIterator]();
    socket.on('error', () => undefined);
  }

  /**
   * Asks the server that uses the database to keep its file unchanged.
   * @returns undefined when no server listens
   * @throws StartupError when the server cannot do it now, or this user may not ask it
   */
  static async open(databaseFile: string): Promise<HeldFile | undefined> {
    if (process.platform === 'win32') return undefined;
    const socket = connect(snapshotSocketPath(databaseFile));
    try {
      await once(socket, 'connect');
    } catch (error) {
      const code = errorCode(error) ?? 'unknown';
      if (notRunning.includes(code)) return undefined;
      throw new StartupError([`the server cannot be reached (${code}): run this command as the user of the server`]);
    }
    const held = new HeldFile(socket);
    await held.hold();
    return held;
  }

  /**
   * Copies while the file is kept.
   * @throws StartupError when the file may have changed meanwhile: the copy is worthless then
   */
  async during(copy: () => Promise<void>): Promise<void> {
    let keeping = Promise.resolve();
    const timer = setInterval(() => {
      keeping = keeping.then(() => this.hold());
      // Reported below.
      keeping.catch(() => undefined);
    }, keepIntervalMs);
    try {
      await copy();
      clearInterval(timer);
      await keeping;
      await this.hold();
    } finally {
      clearInterval(timer);
    }
  }

  close(): void {
    this.#lines.close();
    this.socket.destroy();
  }

  private async hold(): Promise<void> {
    this.socket.write(`${holdRequest}\n`);
    const { value } = await this.#answers.next();
    if (value === undefined) throw new StartupError(['the server has stopped meanwhile: run the command again']);
    if (value === 'busy') throw new StartupError(['another backup is running: wait for it']);
    if (value !== 'held') throw new StartupError(['the server is too busy or stops: run the command again later']);
  }
}
