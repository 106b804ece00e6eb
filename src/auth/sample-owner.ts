import type { Owner } from '../owners/owner.js';

/** Whom the tokens are for that the server hands out while nothing is configured. */
export const sampleOwner: Owner = { userId: 1, activityId: 1 };
export const sampleTokenSeconds = 12 * 3600;
