import { TooManyRequestsError } from '../auth/auth.errors.js';
import { OwnerUsage } from './owner-usage.js';
import { QuotaExceededError } from './quota.errors.js';

const limits = { bytes: 1000, sessions: 3, messages: 5, bytesPerMinute: 100 };
const unlimited = { bytes: 0, sessions: 0, messages: 0, bytesPerMinute: 0 };

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('OwnerUsage', () => {
  it.each([
    ['bytes', 1000, { bytes: 1000, sessions: 0, messages: 0 }],
    ['sessions', 3, { bytes: 0, sessions: 3, messages: 0 }],
    ['messages', 5, { bytes: 0, sessions: 0, messages: 5 }],
  ] as const)('has no room past the limit of %s', (name, limit, stored) => {
    const usage = new OwnerUsage(limits);
    usage.stored = { ...stored, [name]: limit - 1 };
    usage.assertRoom({ [name]: 1 }, 0);
    usage.stored = stored;
    const error = errorOf(() => {
      usage.assertRoom({ [name]: 1 }, 0);
    });
    expect(error).toBeInstanceOf(QuotaExceededError);
    expect(error).toMatchObject({ quota: { name, limit } });
  });

  it('counts what is added and removed', () => {
    const usage = new OwnerUsage({ ...limits, bytesPerMinute: 0 });
    usage.count({ bytes: 900, messages: 1 }, 0);
    const save = () => {
      usage.assertRoom({ bytes: 200, messages: 1 }, 0);
    };
    expect(save).toThrow(QuotaExceededError);
    usage.count({ bytes: -900, messages: -1 }, 0);
    save();
  });

  it('never counts below zero, so that removing what was not counted gives no room', () => {
    const usage = new OwnerUsage({ ...limits, bytesPerMinute: 0 });
    usage.count({ bytes: -5000 }, 0);
    expect(() => {
      usage.assertRoom({ bytes: 1001 }, 0);
    }).toThrow(QuotaExceededError);
  });

  it('limits the bytes of a minute, and says when it ends', () => {
    const usage = new OwnerUsage(limits);
    usage.count({ bytes: 60 }, 10_000);
    usage.assertRoom({ bytes: 40 }, 30_500);
    const error = errorOf(() => {
      usage.assertRoom({ bytes: 41 }, 30_500);
    });
    expect(error).toBeInstanceOf(TooManyRequestsError);
    expect(error).toMatchObject({ retryAfterSeconds: 40, logDetails: { variable: 'QUOTA_OWNER_MB_PER_MINUTE' } });
    usage.assertRoom({ bytes: 100 }, 70_000);
  });

  it('has room for one message in a minute, whatever its size', () => {
    const usage = new OwnerUsage(limits);
    usage.assertRoom({ bytes: 500 }, 0);
    usage.count({ bytes: 500 }, 0);
    expect(() => {
      usage.assertRoom({ bytes: 1 }, 1);
    }).toThrow(TooManyRequestsError);
  });

  it('adds what the open transaction has added before', () => {
    const usage = new OwnerUsage(limits);
    usage.count({ bytes: 40, messages: 3 }, 0);
    usage.assertRoom({ bytes: 30, messages: 1 }, 1, { bytes: 30, messages: 1 });
    expect(() => {
      usage.assertRoom({ bytes: 1, messages: 1 }, 1, { bytes: 1, messages: 2 });
    }).toThrow(QuotaExceededError);
    expect(() => {
      usage.assertRoom({ bytes: 31 }, 1, { bytes: 30 });
    }).toThrow(TooManyRequestsError);
    expect(() => {
      usage.assertStorable({ bytes: 500 }, { bytes: 461 });
    }).toThrow(QuotaExceededError);
    expect(() => {
      new OwnerUsage(limits).assertRoom({ bytes: 50 }, 0, { bytes: 500 });
    }).toThrow(TooManyRequestsError);
  });

  it('does not count removed bytes in the minute', () => {
    const usage = new OwnerUsage(limits);
    usage.count({ bytes: 90 }, 0);
    usage.count({ bytes: -90 }, 1);
    expect(() => {
      usage.assertRoom({ bytes: 20 }, 2);
    }).toThrow(TooManyRequestsError);
  });

  it('has no limits when they are 0', () => {
    const usage = new OwnerUsage(unlimited);
    usage.count({ bytes: 1e12, sessions: 1e9, messages: 1e9 }, 0);
    usage.assertRoom({ bytes: 1e9, sessions: 1, messages: 1 }, 1);
  });
});
