import { Injectable } from '@nestjs/common';
import { Counts } from './counts.js';

/** How often something has happened since the start of this process, for the metrics. */
@Injectable()
export class EventCounts {
  /** Messages by the outcome of their request: `saved`, or `replayed` if an earlier request had saved it. */
  readonly saves = new Counts();
  /** Transactions that ran again, by the error code of the driver. */
  readonly retries = new Counts();
  /** Requests that were refused, by the code of the problem. */
  readonly refusals = new Counts();
}
