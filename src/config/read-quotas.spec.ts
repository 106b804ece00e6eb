import { EnvReader } from './env-reader.js';
import { noQuotas, readQuotas } from './read-quotas.js';

describe('readQuotas', () => {
  it('reads MiB as bytes, and 0 as no limit', () => {
    const names = ['QUOTA_OWNER_MB', 'QUOTA_OWNER_SESSIONS', 'QUOTA_OWNER_MESSAGES', 'QUOTA_OWNER_MB_PER_MINUTE'];
    const withValues = (values: string[]) =>
      readQuotas(new EnvReader(Object.fromEntries(names.map((name, index) => [name, values[index]]))));
    expect(withValues(['2', '3', '4', '5'])).toEqual({
      ...{ bytes: 2 * 1024 * 1024, sessions: 3, messages: 4, bytesPerMinute: 5 * 1024 * 1024 },
    });
    expect(withValues(['0', '0', '0', '0'])).toEqual(noQuotas);
  });

  it.each(['-1', '1.5', 'x', '1000001'])('names the variable that is %s', (value) => {
    const reader = new EnvReader({ QUOTA_OWNER_MB: value });
    readQuotas(reader);
    expect(reader.problems).toEqual([`QUOTA_OWNER_MB must be a whole number from 0 to 1000000, is "${value}"`]);
  });
});
