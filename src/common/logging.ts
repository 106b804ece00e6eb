import { createRequire } from 'node:module';
import type { LoggerService } from '@nestjs/common';
import { destination, pino, type LevelWithSilent, type Logger } from 'pino';
import type PinoPretty from 'pino-pretty';

const require = createRequire(import.meta.url);

/** Creates a logger that writes JSON lines to standard output, or readable lines if that is a terminal. */
export function createLogger(level: LevelWithSilent, readable = process.stdout.isTTY): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const sync = { dest: 1, sync: true };
  if (!readable) return pino(options, destination(sync));
  // Loaded only for a terminal.
  const pretty = require('pino-pretty') as typeof PinoPretty;
  return pino(options, pretty({ destination: destination(sync), ignore: 'pid,hostname', singleLine: true }));
}

/** Writes Nest's messages to the same log. Its startup messages are logged at debug level. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    const startupContexts = ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication'];
    this.write(context !== undefined && startupContexts.includes(context) ? 'debug' : 'info', message, context);
  }

  warn(message: unknown, context?: string): void {
    this.write('warn', message, context);
  }

  /** Nest also throws the errors of these two contexts, and the caller reports them. */
  error(message: unknown, _stack?: string, context?: string): void {
    const isThrownToo = context === 'ExceptionHandler' || context === 'NestApplication';
    this.write(isThrownToo ? 'debug' : 'error', message, context);
  }

  debug(message: unknown, context?: string): void {
    this.write('debug', message, context);
  }

  verbose(message: unknown, context?: string): void {
    this.write('trace', message, context);
  }

  private write(level: 'trace' | 'debug' | 'info' | 'warn' | 'error', message: unknown, context?: string): void {
    this.logger[level]({ context }, String(message));
  }
}
