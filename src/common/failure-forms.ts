import { Injectable } from '@nestjs/common';
import type { ProblemSummary } from './problem.js';

/** A failure as the clients of an address know it: the status and the JSON body. */
export interface Failure {
  status: number;
  body: object;
}

export type FailureForm = (problem: ProblemSummary) => Failure;

/** The addresses whose clients know another form of failure than problem+json. */
@Injectable()
export class FailureForms {
  readonly #forms = new Map<string, FailureForm>();

  set(address: string, form: FailureForm): void {
    this.#forms.set(address, form);
  }

  of(address: string): FailureForm | undefined {
    return this.#forms.get(address);
  }
}
