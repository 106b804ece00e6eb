import type { Identity } from '../../auth/credential-verifier.js';
import { admissionCaller } from './admission-caller.js';

const owner = { activityId: 3, userId: 4 };

describe('admissionCaller', () => {
  const known = (token: string): Identity | undefined => (token === 'known' ? { owner, cmid: undefined } : undefined);
  const callerOf = (authorization: string | undefined, ip = '192.0.2.1') =>
    admissionCaller({ headers: { authorization }, ip }, { known });

  it('is the owner of a token that was verified, whatever the address', () => {
    expect(callerOf('Bearer known')).toBe('3/4');
    expect(callerOf('Bearer known', '192.0.2.2')).toBe('3/4');
  });

  it('is the address without a token', () => {
    expect(callerOf(undefined)).toBe('192.0.2.1');
    expect(callerOf('Basic known')).toBe('192.0.2.1');
    expect(callerOf(undefined, '2001:db8::1')).toBe(callerOf(undefined, '2001:db8::2'));
  });

  it('is one caller for all tokens of an address that are not known, apart from its anonymous requests', () => {
    expect(callerOf('Bearer new')).toBe(callerOf('Bearer other'));
    expect(callerOf('Bearer new')).not.toBe(callerOf(undefined));
    expect(callerOf('Bearer new')).not.toBe(callerOf('Bearer new', '192.0.2.2'));
  });
});
