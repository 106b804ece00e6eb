import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Problem } from './problem.js';

/** An error response: its status and JSON body; undefined for an empty one. */
export interface ErrorResponse {
  status: number;
  body: object | undefined;
}

/** Converts a problem to the error format of a path. */
export type ErrorFormatter = (problem: Problem, request: FastifyRequest) => ErrorResponse;

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
