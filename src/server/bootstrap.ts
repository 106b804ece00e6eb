import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createApp } from '../app.setup.js';
import { ShutdownState } from '../common/shutdown-state.js';
import { createLogger } from '../common/logging.js';
import { StartupError } from '../common/startup-error.js';
import type { Config } from '../config/config.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { DatabaseStarter } from '../database/connection/database-starter.js';
import { printBanner } from './banner.js';
import { exitWithError } from './exit-with-error.js';

/** Starts the server, and stops it on SIGTERM or SIGINT. Ends the process with one clear line where it cannot start. */
export async function bootstrap(): Promise<void> {
  // What this process writes is for its own user alone.
  process.umask(0o077);
  // Whoever reads along and leaves does not take the server with them.
  process.stdout.on('error', () => undefined);
  try {
    const config = readConfig(readEnvironment());
    const logger = createLogger(config.logLevel);
    const app = await createApp(config, logger);
    stopOnSignals(app, config, logger);
    await listen(app, config);
    await app.get(DatabaseStarter, { strict: false }).start();
    await printBanner(app, config, logger);
  } catch (error) {
    if (isStopping(error)) return;
    exitWithError(error);
  }
}

async function listen(app: NestFastifyApplication, { http }: Config): Promise<void> {
  try {
    await app.listen({ host: http.host, port: http.port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason: Record<string, string> = {
      EADDRINUSE: 'is taken: another program, or another copy of this server, listens there; choose another PORT',
      EACCES: 'needs more rights than this process has: choose a PORT above 1023',
      EADDRNOTAVAIL: 'is not an address of this machine: check HOST',
      ENOTFOUND: 'is not a name that this machine knows: check HOST',
      EAI_AGAIN: 'is not a name that this machine knows: check HOST',
    };
    const words = reason[code ?? ''];
    if (words === undefined) throw error;
    throw new StartupError([`${http.host}:${http.port} ${words}`]);
  }
}

/** Before it closes, so that clients with a connection hear that it ends instead of finding it cut. */
const drainDelayMs = 250;

/** Not ready first; requests in flight are answered; then the database is closed. A second signal ends it at once. */
function stopOnSignals(app: NestFastifyApplication, config: Config, logger: Logger): void {
  const stop = async (signal: NodeJS.Signals) => {
    app.get(ShutdownState).isShuttingDown = true;
    logger.info(`Stopping (${signal}).`);
    const timer = setTimeout(() => {
      logger.warn(`Requests were still running after ${config.http.shutdownSeconds} s; stopping without them.`);
      process.exit(1);
    }, config.http.shutdownSeconds * 1000);
    timer.unref();
    await sleep(drainDelayMs);
    await app.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal).catch(exitWithError);
    });
  }
}

/** The wait for the database was ended by a signal. */
function isStopping(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
