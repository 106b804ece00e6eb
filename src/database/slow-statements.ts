import { Logger } from '@nestjs/common';
import { AbstractLogger, type DataSource } from 'typeorm';
import { LogSummary } from '../common/log-summary.js';

/** Tells the logger of the data source about a statement that took longer than its `maxQueryExecutionTime`. */
export function reportIfSlow({ options, logger }: DataSource, sql: string, startMs: number): void {
  const { maxQueryExecutionTime = 0 } = options;
  if (maxQueryExecutionTime === 0) return;
  const ms = performance.now() - startMs;
  if (ms > maxQueryExecutionTime) void logger.logQuerySlow(ms, sql);
}

/** The name of a statement in the log: its verb and its first table, which are no secrets of anybody. */
export function statementName(sql: string): string {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '';
  const table = /\b(?:FROM|INTO|UPDATE|TABLE)\s+(?:[`"]?\w+[`"]?\.)?[`"]?(\w+)/i.exec(sql)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}

/** Logs the first slow statement of each name at once, and then counts per minute. */
export class SlowStatementLogger extends AbstractLogger {
  readonly #logger = new Logger('SlowStatement');
  readonly #summary = new LogSummary((name, count) => {
    this.#logger.warn(`${name}: ${count} more in a minute`);
  });

  override logQuerySlow(ms: number, sql: string): void {
    const name = statementName(sql);
    this.#summary.add(name, () => {
      this.#logger.warn(`${name} took ${Math.round(ms)} ms`);
    });
  }

  /** Nothing else is logged: other events have the values of statements. */
  protected override writeLog(): void {
    // nothing
  }
}
