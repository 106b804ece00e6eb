/** Tests send more than a person, all from one address. */
export const withoutLimits = { RATE_LIMIT_OWNER: '0', RATE_LIMIT_ADDRESS: '0', RATE_LIMIT_LOGINS: '0' };
