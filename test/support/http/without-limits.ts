/** Tests send many requests, all from one IP. */
export const withoutLimits = { RATE_LIMIT_OWNER: '0', RATE_LIMIT_ADDRESS: '0', RATE_LIMIT_LOGINS: '0' };
