import type { Config } from '../../config/config.js';
import { workLimits } from '../../database/work/work-limits.js';
import type { AdmissionLimits } from './admission-queue.js';

/** Enough to keep the database busy while others of them are read, checked and answered. */
const admittedPerConnection = 4;
const minAdmitted = 16;
/** Each holds a connection and what has arrived of its body: at most 64 KiB. */
const maxWaiting = 2000;
const maxPerTurn = 8;

/** The limits of a server. Waiting takes at most half of the deadline, so that time is left for the work. */
export function admissionLimits({ database, requestDeadlineMs }: Config): AdmissionLimits {
  const { capacity, maxWaiting: maxWorkWaiting } = workLimits(database);
  const maxAdmitted = Math.min(Math.max(minAdmitted, capacity * admittedPerConnection), capacity + maxWorkWaiting);
  return { maxAdmitted, maxWaiting, maxWaitMs: requestDeadlineMs / 2, maxPerTurn };
}
