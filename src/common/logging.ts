import type { LoggerService } from '@nestjs/common';
import { destination, pino, type LevelWithSilent, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** JSON lines on standard output, or readable ones where that is a terminal. */
export function createLogger(level: LevelWithSilent, readable = process.stdout.isTTY): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const sync = { dest: 1, sync: true };
  if (!readable) return pino(options, destination(sync));
  return pino(options, pretty({ destination: destination(sync), ignore: 'pid,hostname', singleLine: true }));
}

/** Nest's own words, in the same log. What it says while it starts is of interest to developers only. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    const fromNest = ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication'];
    this.write(context !== undefined && fromNest.includes(context) ? 'debug' : 'info', message, context);
  }

  warn(message: unknown, context?: string): void {
    this.write('warn', message, context);
  }

  /** What stops a start is thrown as well, and told once, by whoever catches it. */
  error(message: unknown, _stack?: string, context?: string): void {
    const thrownToo = context === 'ExceptionHandler' || context === 'NestApplication';
    this.write(thrownToo ? 'debug' : 'error', message, context);
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
