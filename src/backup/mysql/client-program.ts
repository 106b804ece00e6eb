import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { errorCode } from '../../database/transactions/driver-errors.js';
import type { OptionFile } from './option-file.js';

/** Names of a program, the first one preferred: MariaDB's, MySQL's. */
export const dumpNames = ['mariadb-dump', 'mysqldump'];
export const clientNames = ['mariadb', 'mysql'];

const install = 'install the client programs, on Debian: apt-get install mariadb-client (or default-mysql-client)';
/** Characters of the end of what a program writes to standard error, where it says what is wrong. */
const maxErrorLength = 2000;

/** A client program of MariaDB or MySQL that is installed. */
export interface ClientProgram {
  name: string;
  /** Whether it is MariaDB's, whose options differ from MySQL's. */
  isMariadb: boolean;
}

/** @throws StartupError when none of them is installed */
export async function findProgram(names: string[]): Promise<ClientProgram> {
  for (const name of names) {
    const version = await versionOf(name);
    if (version !== undefined) return { name, isMariadb: version.includes('MariaDB') };
  }
  throw configurationError(`neither ${names.join(' nor ')} is on the PATH: ${install}`);
}

async function versionOf(name: string): Promise<string | undefined> {
  const child = spawn(name, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  try {
    await once(child, 'close');
    return child.exitCode === 0 ? text : undefined;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** A client program that runs, connected as the option file says. */
export class RunningProgram {
  readonly input: Writable;
  readonly output: Readable;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #errors = '';

  constructor(
    private readonly name: string,
    optionFile: OptionFile,
    options: string[],
  ) {
    // Nothing else is read: options of the user's own files could change the result.
    const child = spawn(name, [`--defaults-file=${optionFile.path}`, ...options], {
      stdio: ['pipe', 'pipe', 'pipe', ...optionFile.descriptors],
    }) as ChildProcessWithoutNullStreams;
    this.#child = child;
    this.input = child.stdin;
    this.output = child.stdout;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-maxErrorLength);
    });
    // A program that ends early reports why below.
    child.stdin.on('error', () => undefined);
    this.#ended = once(child, 'close');
    this.#ended.catch(() => undefined);
  }

  /** Waits for its end. @throws StartupError with what it reports, when it fails */
  async succeed(): Promise<void> {
    await this.#ended;
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return;
    const reason = describeError(this.#errors, this.name);
    throw new StartupError([`${this.name} has failed (${signalCode ?? `exit code ${exitCode}`})${reason}`]);
  }

  /** Ends it if it still runs. */
  stop(): void {
    if (this.#child.exitCode === null) this.#child.kill();
  }
}

/**
 * The last line of an error. The programs also write the statement that failed, and the error of a statement may quote a
 * value: neither is shown, since they are texts of users.
 */
function describeError(text: string, name: string): string {
  const line = text.split('\n').findLast((one) => one.startsWith('ERROR ') || one.startsWith(`${name}: `)) ?? '';
  const [ofStatement] = /^ERROR \d+ \(\w+\) at line \d+/.exec(line) ?? [];
  return line === '' ? '' : `: ${ofStatement ?? line}`;
}
