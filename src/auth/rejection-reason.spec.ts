import { SignJWT, UnsecuredJWT } from 'jose';
import { readConfig } from '../config/read-config.js';
import { UnauthenticatedError } from './auth.errors.js';
import { JwtVerifier } from './jwt-verifier.js';
import { issuerOf } from './rejection-reason.js';

const bytes = Buffer.from('of-the-tests-of-reasons-of-rejections-alone');
const now = () => Math.floor(Date.now() / 1000);
const make = (changes: Record<string, unknown>, header: Record<string, unknown> = {}, key: Uint8Array = bytes) =>
  new SignJWT(Object.assign({ sub: '2', activity: 1, iss: 'us', aud: 'chat', exp: now() + 600 }, changes))
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(key);
const plain = () => new UnsecuredJWT({ sub: '2' }).encode();

describe('the reason of a rejection', () => {
  const verifier = new JwtVerifier(
    { bytes, generated: false },
    readConfig({ JWT_ISSUER: 'us', JWT_AUDIENCE: 'chat', JWT_MAX_AGE_SECONDS: '3600' }),
  );

  it.each<[string, () => Promise<string> | string, string | undefined]>([
    ['expired', () => make({ exp: now() - 100 }), 'us'],
    ['no exp', () => make({ exp: undefined }), 'us'],
    ['not valid yet', () => make({ nbf: now() + 100 }), 'us'],
    ['too old', () => make({ iat: now() - 4000 }), 'us'],
    ['issued in the future', () => make({ iat: now() + 100 }), 'us'],
    ['wrong issuer', () => make({ iss: 'them' }), 'them'],
    ['wrong issuer', () => make({ iss: undefined }), undefined],
    ['wrong audience', () => make({ aud: 'mail' }), 'us'],
    ['wrong signature', () => make({}, {}, Buffer.alloc(32, 1)), 'us'],
    ['wrong algorithm', () => make({}, { alg: 'HS512' }, Buffer.alloc(64, bytes)), 'us'],
    ['wrong algorithm', plain, undefined],
    ['another type of token', () => make({}, { typ: 'logout+jwt' }), 'us'],
    ['no sub or a wrong one', () => make({ sub: 'jane' }), 'us'],
    ['no activity or a wrong one', () => make({ activity: undefined }), 'us'],
    ['wrong cmid', () => make({ cmid: 'x' }), 'us'],
    ['malformed', () => 'a.b.c', undefined],
  ])('is %s', async (reason, token, issuer) => {
    const error: unknown = await verifier.verify(await token()).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UnauthenticatedError);
    expect((error as UnauthenticatedError).logDetails).toEqual({ reason, issuer });
  });
});

describe('issuerOf', () => {
  it.each([
    ['https://moodle.example.org', 'https://moodle.example.org'],
    ['x'.repeat(1000), 'x'.repeat(100)],
    ['a\nb\u001b[31m\u202eé', 'a?b?[31m??'],
    [5, undefined],
  ])('cuts and cleans %j', async (iss, issuer) => {
    expect(issuerOf(await make({ iss }))).toBe(issuer);
  });
});
