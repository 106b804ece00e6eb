import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { SignJWT } from 'jose';
import type { Owner } from '../../../src/owners/owner.js';
import { Client } from '../rest/client.js';
import { withoutLimits } from '../http/without-limits.js';
import { Program, mainProgram, newFolder, until, type Ending, type Environment } from './program.js';
import { noteSecret } from '../run/run-record.js';

/** Long enough, and not a sample that the server rejects. */
export const testSecret = 'of-the-tests-of-whole-processes-alone';

/** The server in a separate process, on a free port. */
export class ServerProcess {
  private constructor(
    readonly program: Program,
    readonly url: string,
    readonly folder: string,
    private readonly environment: Environment,
  ) {}

  /** Waits until it is ready. `folder` is its working directory and has the data folder unless DATA_DIR is set. */
  static async start(
    environment: Environment = {},
    folder = newFolder(),
    command = mainProgram,
  ): Promise<ServerProcess> {
    const server = await ServerProcess.listening(environment, folder, command);
    await server.untilReady();
    return server;
  }

  /** Waits until it listens; it may still be waiting for its database. */
  static async listening(
    environment: Environment = {},
    folder = newFolder(),
    command = mainProgram,
  ): Promise<ServerProcess> {
    const program = new Program(command, { environment: { PORT: '0', ...withoutLimits, ...environment }, folder });
    const [, url = ''] = await program.untilPrinted(/Server listening at (http:[^"\s]+)/);
    return new ServerProcess(program, url, folder, environment);
  }

  get dataDirectory(): string {
    return this.environment.DATA_DIR ?? join(this.folder, 'data');
  }

  get databaseFile(): string {
    return join(this.dataDirectory, 'chat-store.sqlite');
  }

  async untilReady(timeoutMs = 45_000): Promise<void> {
    await until('the server is ready', timeoutMs, async () => {
      if (this.program.hasEnded) throw new Error(`the server has ended: ${this.program.stderr}`);
      return (await this.status('/readyz')) === 200;
    });
  }

  /** The status of a GET without a token; `refused` if nothing listens. */
  async status(path: string): Promise<number | 'refused'> {
    try {
      const response = await fetch(`${this.url}${path}`);
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 'refused';
    }
  }

  /** A client for this owner, with a token that is signed here. */
  async client(owner: Owner = { userId: 2, activityId: 1 }): Promise<Client> {
    const secret = this.environment.JWT_SECRET ?? readFileSync(join(this.dataDirectory, 'jwt-secret'), 'utf8').trim();
    const token = await new SignJWT({ activity: owner.activityId })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(String(owner.userId))
      .setExpirationTime('1h')
      .sign(Buffer.from(secret));
    noteSecret('secret', secret);
    return new Client(this.url, token, owner);
  }

  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    return this.program.end(signal);
  }
}

/** The log lines in the output of a server. */
export function logOf({ stdout }: { stdout: string }): { msg: string; level: number }[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { msg: string; level: number });
}

/** The contents of all messages in an SQLite file, sorted. */
export function contents(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    const rows = database.prepare('SELECT content FROM writeassistdev_chat').all() as { content: string }[];
    return rows.map(({ content }) => content).sort();
  } finally {
    database.close();
  }
}
