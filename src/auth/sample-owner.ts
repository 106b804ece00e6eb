import type { Owner } from '../owners/owner.js';

/** The owner of the sample tokens that an unconfigured server prints and puts into its docs page. */
export const sampleOwner: Owner = { userId: 1, activityId: 1 };
export const sampleTokenSeconds = 12 * 3600;
