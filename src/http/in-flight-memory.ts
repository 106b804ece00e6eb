import { Injectable } from '@nestjs/common';
import { InFlightMemoryLimiter } from './in-flight-memory-limiter.js';
import { HttpError, serverBusy } from './problem.js';

/** The limits of memory that requests in flight hold. Each kind of body has its own. */
@Injectable()
export class InFlightMemory {
  readonly requests = new InFlightMemoryLimiter();
  readonly responses = new InFlightMemoryLimiter();
  /** Responses of the original endpoint that are held to be changed. */
  readonly proxied = new InFlightMemoryLimiter();
}

export function serverBusyError(): HttpError {
  return new HttpError(serverBusy.status, serverBusy.code, serverBusy.detail);
}
