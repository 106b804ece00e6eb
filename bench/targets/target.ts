import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { envVariables } from '../../src/config/env-variables.js';
import { newFolder } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';

/** A server that is measured, in a process of its own. */
export interface Target {
  name: string;
  url: string;
  pid: number;
  stop: () => Promise<unknown>;
}

/** What a server of the benchmark gets as its first message. */
export interface TargetOptions {
  /** Of MariaDB; undefined for the SQLite file. */
  databaseUrl?: string;
  file?: string;
  secret: string;
  /** The SQL of the product, by name. */
  statements: Record<string, string>;
}

const { RATE_LIMIT_OWNER, RATE_LIMIT_ADDRESS, RATE_LIMIT_LOGINS } = envVariables;
/** The default limits, which `ServerProcess` switches off. */
const limits = {
  RATE_LIMIT_OWNER: RATE_LIMIT_OWNER.default,
  RATE_LIMIT_ADDRESS: RATE_LIMIT_ADDRESS.default,
  RATE_LIMIT_LOGINS: RATE_LIMIT_LOGINS.default,
};

/** The product as it was built: authentication, validation, limits and the log are on. */
export async function startApp(name: string, environment: Record<string, string>, folder?: string): Promise<Target> {
  const all = { ...limits, ...environment, JWT_SECRET: testSecret };
  const server = await ServerProcess.start(all, folder ?? newFolder());
  return { name, url: server.url, pid: server.program.pid, stop: () => server.end() };
}

/** A server of this folder, which prints its port as a message when it listens. */
export async function startTarget(name: string, file: string, options: TargetOptions): Promise<Target> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  child.send(options);
  const [port] = (await Promise.race([once(child, 'message'), failure(child, name)])) as [number];
  return { name, url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function failure(child: ChildProcess, name: string): Promise<never> {
  await once(child, 'exit');
  throw new Error(`the target ${name} has ended`);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
