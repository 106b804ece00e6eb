import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createApp } from '../app.setup.js';
import { ShutdownState } from '../common/shutdown-state.js';
import { createLogger } from '../common/logging.js';
import { Tracer } from '../common/tracer.js';
import { version } from '../common/version.js';
import type { Config } from '../config/config.js';
import { readConfig, readEnvironment, secretFileWarnings } from '../config/read-config.js';
import { shownValues } from '../config/shown-values.js';
import { SnapshotServer } from '../database/sqlite/snapshot-server.js';
import { printBanner } from './banner.js';
import { parseOptions, printHelpOrVersion } from './command-line.js';
import { exitWithError } from './exit-with-error.js';
import { IdleMemory, OwnProcess } from './idle-memory.js';
import { openPorts } from './open-ports.js';

const usage = 'usage: npm start, or node dist/src/main.js [--help] [--version]';
const help = `${usage}

Starts the chat store. Environment variables, or a file .env in the working directory, configure it:
docs/configuration.md lists them. On SIGTERM or SIGINT it answers the requests in flight and stops.

Other commands, each with --help:

  npm run doctor              checks what the server needs, and says what to do
  npm run -s token            prints a token
  npm run seed                adds sample chats
  npm run -s import:moodle    imports the chats of a Moodle site
  npm run -s copy             copies the chats from SQLite to MariaDB or MySQL
  npm run -s backup           backs up the database, also while this server runs
  npm run -s restore          restores a backup
  npm run migration:run       migrates the database; also migration:show, migration:revert`;

/**
 * Starts the server, and stops it on SIGTERM or SIGINT. If it cannot start, the process ends with one line per problem.
 * @param args the command line without the program: `--help`, `--version` or nothing
 */
export async function bootstrap(args: string[]): Promise<void> {
  printHelpOrVersion(args, help);
  // Files that this process creates must be readable only by its user.
  process.umask(0o077);
  // A closed pipe on standard output (EPIPE) must not stop the server.
  process.stdout.on('error', () => undefined);
  try {
    parseOptions(args, {}, usage);
    const environment = readEnvironment();
    const config = readConfig(environment);
    const logger = createLogger(config.logLevel);
    logger.info({ version, node: process.version, settings: shownValues(environment) }, 'Starting');
    const app = await createApp(config, logger);
    for (const warning of secretFileWarnings(config)) logger.warn(warning);
    stopOnSignals(app, config, logger);
    await openPorts(app, config);
    if (app.get(ShutdownState).isShuttingDown) return;
    await app.get(SnapshotServer, { strict: false }).listen();
    new IdleMemory(new OwnProcess(), logger).watch();
    await printBanner(app, config, logger);
  } catch (error) {
    if (isStopping(error)) return;
    exitWithError(error);
  }
}

/** Minimum delay before closing connections, so that open ones can get a response with `Connection: close` first. */
const minDrainMs = 250;

/**
 * Stops on a signal: reports not ready, goes on answering for DRAIN_SECONDS (not after SIGINT, with which people end a
 * server), finishes requests in flight, closes the database. A second signal kills the process.
 */
function stopOnSignals(app: NestFastifyApplication, config: Config, logger: Logger): void {
  const stop = async (signal: NodeJS.Signals) => {
    app.get(ShutdownState).isShuttingDown = true;
    logger.info(`Stopping (${signal}).`);
    await sleep(Math.max(minDrainMs, signal === 'SIGTERM' ? config.drainSeconds * 1000 : 0));
    const timer = setTimeout(() => {
      logger.warn(
        `Requests were still running after ${config.http.shutdownSeconds} s (SHUTDOWN_SECONDS); stopping without them.`,
      );
      process.exit(1);
    }, config.http.shutdownSeconds * 1000);
    timer.unref();
    await app.close();
    clearTimeout(timer);
    await app.get(Tracer).stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal).catch(exitWithError);
    });
  }
}

/** True if a signal ended the wait for the database. */
function isStopping(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
