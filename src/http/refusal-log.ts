import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import { serializeError } from '../common/error-serializer.js';
import { EventCounts } from '../common/event-counts.js';
import { LoadState } from '../common/load-state.js';
import { LogSummary, others } from '../common/log-summary.js';
import { HttpError, serverBusy, type Problem } from './problem.js';

/** Statuses whose reasons help to configure a server; those of wrong requests are in the lines of the requests alone. */
const loggedStatuses = [401, 403, 421, 429];

/** Logs why requests were refused: the first of each reason at once, and then counts per minute. */
@Injectable()
export class RefusalLog implements OnApplicationShutdown {
  readonly #summary: LogSummary;
  /** Apart from the others, because callers choose the issuers. */
  readonly #unauthenticated: LogSummary;

  constructor(
    host: HttpAdapterHost,
    private readonly events: EventCounts,
    private readonly load: LoadState,
  ) {
    const { log } = host.httpAdapter.getInstance<FastifyInstance>();
    const write = (kind: string, count: number) => {
      const fields = kind === others ? {} : (JSON.parse(kind) as { code?: string });
      log.warn({ ...fields, count, seconds: this.#summary.windowMs / 1000 }, `${fields.code ?? kind}, more of them`);
    };
    this.#summary = new LogSummary(write);
    this.#unauthenticated = new LogSummary(write);
  }

  /** @param log the logger of the request */
  note(log: FastifyBaseLogger, problem: Problem, error: unknown): void {
    this.count(problem.code);
    if (problem.status === 500) {
      log.error({ error: serializeError(error) }, problem.code);
    } else if (problem.code === 'not_ready') {
      // Probes cause it every second, and the database connection logs the reason once.
      log.debug({ error: serializeError(error) }, problem.code);
    } else if (problem.status > 500 || isRefusedByDatabase(error)) {
      this.add(log, problem.code, detailsOf(error), serializeError(error));
    } else if (loggedStatuses.includes(problem.status)) {
      this.add(log, problem.code, detailsOf(error));
    }
  }

  /** Counts a request that was refused before anything was done for it. Such requests have no line of their own. */
  noteShed(log: FastifyBaseLogger, { code }: Problem): void {
    this.count(code);
    this.add(log, code, { reason: 'too many requests wait' });
  }

  onApplicationShutdown(): void {
    this.#summary.flush();
    this.#unauthenticated.flush();
  }

  private count(code: string): void {
    this.events.refusals.change(code, 1);
    if (code === serverBusy.code) this.load.noteRefusal();
  }

  private add(log: FastifyBaseLogger, code: string, details: object, error?: object): void {
    const summary = code === 'unauthenticated' ? this.#unauthenticated : this.#summary;
    summary.add(JSON.stringify({ code, ...details, ...errorKind(error) }), () => {
      log.warn({ ...details, ...(error && { error }) }, code);
    });
  }
}

/** A request that passed the validation and failed in the database: the log keeps the error number. */
function isRefusedByDatabase(error: unknown): boolean {
  return error instanceof DomainError && ['invalid', 'too_large'].includes(error.kind) && error.cause !== undefined;
}

function detailsOf(error: unknown): object {
  return error instanceof DomainError || error instanceof HttpError ? error.logDetails : {};
}

/** What tells errors with one code apart: the code of the innermost error that has one. */
function errorKind(error: { code?: string | number; cause?: object } | undefined): { reason?: string | number } {
  if (!error) return {};
  const inner = errorKind(error.cause);
  if (inner.reason !== undefined) return inner;
  return error.code === undefined ? {} : { reason: error.code };
}
