import { Injectable } from '@nestjs/common';
import type { Problem } from './problem.js';

/** A failure as the clients of an address know it: the status and the JSON body. */
export interface ErrorResponse {
  status: number;
  body: object;
}

export type ErrorFormatter = (problem: Problem) => ErrorResponse;

/** The addresses whose clients know another form of failure than problem+json. */
@Injectable()
export class ErrorFormatRegistry {
  readonly #forms = new Map<string, ErrorFormatter>();

  set(address: string, form: ErrorFormatter): void {
    this.#forms.set(address, form);
  }

  get(address: string): ErrorFormatter | undefined {
    return this.#forms.get(address);
  }
}
