import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { noteEnvironment, recordLog } from '../run/run-record.js';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const mainProgram = [process.execPath, join(root, 'dist/src/main.js')];

export type Environment = Record<string, string>;

/** How a program ended, and its output. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  environment?: Environment;
  /** The working directory; by default a new empty one, so that no `.env` of a developer is read. */
  folder?: string;
}

const running = new Set<Program>();
const folders: string[] = [];

/** A program in a separate process, whose environment has only PATH, HOME and the given variables. */
export class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  constructor([command = '', ...options]: string[], { environment = {}, folder = newFolder() }: Surroundings = {}) {
    noteEnvironment(environment);
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(command, options, {
      cwd: folder,
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        running.delete(this);
        // Standard output also has the text for the user who starts it, which is not part of the log.
        recordLog(
          lines(this.stdout)
            .filter((line) => line.startsWith('{'))
            .join('\n'),
        );
        // Neither are the lines that report why it does not start: they may quote its variables.
        recordLog(
          lines(this.stderr)
            .filter((line) => !line.startsWith('error: '))
            .join('\n'),
        );
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the program has not started');
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.signal(signal);
    return this.ended;
  }

  /** Waits until standard output matches the pattern. */
  async untilPrinted(pattern: RegExp, timeoutMs = 45_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match) return match;
      if (this.hasEnded) throw new Error(`the program has ended without printing ${String(pattern)}: ${this.stderr}`);
      if (Date.now() > deadline) throw new Error(`the program has not printed ${String(pattern)}: ${this.stdout}`);
      await sleep(10);
    }
  }
}

/** Runs a program to its end. */
export function run(command: string[], surroundings: Surroundings = {}): Promise<Ending> {
  return new Program(command, surroundings).ended;
}

/** Runs a program in `dist` to its end. */
export function runOurs(program: string, options: string[] = [], surroundings: Surroundings = {}): Promise<Ending> {
  return run([process.execPath, join(root, 'dist/src', program), ...options], surroundings);
}

/** The lines of a text, without the empty one after the final line break. */
export function lines(text: string): string[] {
  return text.split('\n').filter((line, index, all) => line !== '' || index < all.length - 1);
}

/** Creates a temporary folder that `endPrograms` removes. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-process-'));
  folders.push(folder);
  return folder;
}

/** Kills the programs that still run and removes the temporary folders: for `afterEach` and `afterAll`. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.end('SIGKILL')));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Polls until the condition is true. */
export async function until(what: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
}
