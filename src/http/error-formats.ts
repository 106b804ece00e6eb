import { Injectable } from '@nestjs/common';
import type { Problem } from './problem.js';

/** An error response: its status and JSON body. */
export interface ErrorResponse {
  status: number;
  body: object;
}

/** Converts a problem to the error format of a path. */
export type ErrorFormatter = (problem: Problem) => ErrorResponse;

/** The paths whose clients expect another error format than problem+json. */
@Injectable()
export class ErrorFormatRegistry {
  readonly #formatters = new Map<string, ErrorFormatter>();

  /** @param path the path as it is in the route, without a query */
  set(path: string, formatter: ErrorFormatter): void {
    this.#formatters.set(path, formatter);
  }

  get(path: string): ErrorFormatter | undefined {
    return this.#formatters.get(path);
  }
}
