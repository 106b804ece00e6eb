import { QuotaExceededError } from './quota.errors.js';

describe('QuotaExceededError', () => {
  it.each([
    ['bytes', 2 * 1024 * 1024, 'Your chats may hold at most 2 MiB', 'QUOTA_OWNER_MB'],
    ['sessions', 7, 'You may have at most 7 chats', 'QUOTA_OWNER_SESSIONS'],
    ['messages', 9, 'Your chats may have at most 9 messages', 'QUOTA_OWNER_MESSAGES'],
  ] as const)(
    'says the limit of %s and what helps, and names the variable in the log',
    (name, limit, what, variable) => {
      const error = QuotaExceededError.of(name, limit);
      expect(error.message).toBe(`${what}; delete chats to make room. Nothing was saved.`);
      expect(error.quota).toEqual({ name, limit });
      expect(error.logDetails).toEqual({ variable });
    },
  );
});
