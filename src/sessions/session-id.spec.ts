import { newSessionId } from './session-id.js';
import { sessionIdProblem } from './session-rules.js';

describe('newSessionId', () => {
  it('returns an id with user, activity, second and a random end', () => {
    expect(newSessionId({ userId: 2, activityId: 3 }, 1795305600999)).toMatch(/^chat_2_3_1795305600_[0-9a-z]{12}$/);
  });

  it('returns a valid id of at most 50 characters for the highest ids, until the year 2286', () => {
    const id = newSessionId({ userId: 4294967295, activityId: 4294967295 }, 9_999_999_999_999);
    expect(id).toHaveLength(50);
    expect(sessionIdProblem(id)).toBeUndefined();
  });

  it('returns different ids within a millisecond, with every letter and digit', () => {
    const ids = Array.from({ length: 2000 }, () => newSessionId({ userId: 1, activityId: 1 }, 0));
    expect(new Set(ids).size).toBe(2000);
    const letters = new Set(ids.flatMap((id) => Array.from(id.slice(-12))));
    expect(letters.size).toBe(36);
  });
});
