import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import {
  AuthenticationUnavailableError,
  CourseModuleMismatchError,
  UnauthenticatedError,
} from '../auth/auth.errors.js';
import type { Identity, TokenVerifier } from '../auth/credential-verifier.js';
import type { RateLimiter } from '../auth/rate-limiter.js';
import type { MoodleAuthenticator } from '../moodle/moodle-authenticator.js';
import { LegacyAuthenticator } from './legacy-authenticator.js';
import { InvalidParameterError, MissingParameterError } from './legacy.errors.js';

const [moodleOwner, tokenOwner] = [2, 3].map((userId) => ({ userId, activityId: 1 }));

function hasCredential(fields: Record<string, unknown>, authorization?: string): boolean {
  const moodle = { supports: (sesskey: string) => sesskey.startsWith('moodle') } as MoodleAuthenticator;
  const legacy = new LegacyAuthenticator({} as Authenticator, {} as TokenVerifier, moodle, {} as RateLimiter);
  const request = { headers: { authorization } } as FastifyRequest;
  return legacy.hasCredential(request, new Map(Object.entries(fields)));
}

/** Authenticates where Moodle accepts sesskeys that begin with "moodle", and tokens are limited to `tokenCmid`. */
async function authenticate(fields: Record<string, unknown>, authorization?: string, tokenCmid?: number) {
  const verified: string[] = [];
  const authenticator = { authenticate: (_: unknown, verify: () => Promise<Identity>) => verify() };
  const tokens = {
    verify: (token: string) => {
      verified.push(token);
      return Promise.resolve({ owner: tokenOwner, cmid: tokenCmid });
    },
  };
  const moodle = {
    supports: (sesskey: string) => sesskey.startsWith('moodle'),
    identify: (_: unknown, sesskey: string, cmid: number) => {
      if (cmid === 404) return Promise.reject(new CourseModuleMismatchError());
      verified.push(`${sesskey} for ${cmid}`);
      return Promise.resolve({ owner: moodleOwner, cmid });
    },
  };
  const legacy = new LegacyAuthenticator(
    authenticator as unknown as Authenticator,
    tokens as TokenVerifier,
    moodle as unknown as MoodleAuthenticator,
    {} as RateLimiter,
  );
  const request = { headers: { authorization } } as FastifyRequest;
  return { owner: await legacy.authenticate(request, new Map(Object.entries(fields))), verified };
}

describe('LegacyAuthenticator', () => {
  it.each<[boolean, string, Record<string, unknown>, string | undefined]>([
    [true, 'a bearer token', {}, 'Bearer jwt'],
    [true, 'a bearer token beside a sesskey of Moodle', { sesskey: 'aB3dE6gH9k' }, 'Bearer jwt'],
    [true, 'a sesskey that Moodle identifies', { sesskey: 'moodle1' }, undefined],
    [true, 'a token in sesskey', { sesskey: 'a.b.c' }, undefined],
    [false, 'a sesskey of a Moodle that is not asked', { sesskey: 'aB3dE6gH9k' }, undefined],
    [false, 'an empty sesskey', { sesskey: '' }, undefined],
    [false, 'no sesskey', {}, undefined],
    [false, 'no bearer token', { sesskey: 'aB3dE6gH9k' }, 'Basic YTpi'],
  ])('says %s for %s', (expected, _name, fields, authorization) => {
    expect(hasCredential(fields, authorization)).toBe(expected);
  });

  it.each<[string, string, Record<string, unknown>, string | undefined]>([
    ['its owner', 'a bearer token that was verified', {}, 'Bearer verified'],
    ['its owner', 'such a token in sesskey', { sesskey: Buffer.from('verified') }, undefined],
    ['its address', 'another one, whatever the sesskey', { sesskey: Buffer.from('moodle1') }, 'Bearer jwt'],
    ['nobody', 'a login that was valid', { sesskey: Buffer.from('moodle1') }, undefined],
    ['its address', 'another login', { sesskey: Buffer.from('moodle2') }, undefined],
    ['its address', 'no credential', {}, undefined],
    ['its address', 'a sesskey in JSON, which Moodle does not read', { sesskey: 'moodle1' }, undefined],
  ])('counts a proxied request for %s with %s', async (expected, _name, fields, authorization) => {
    // Both compute a hash of what they get.
    const tokens = { known: (token: string) => (token.trim() === 'verified' ? { owner: tokenOwner } : undefined) };
    const moodle = { knows: (_: unknown, sesskey: string) => sesskey.trim() === 'moodle1' };
    let counted = '';
    const rateLimiter = {
      consumeOwner: ({ owner }: FastifyRequest) => (counted = owner === tokenOwner ? 'its owner' : ''),
      ignoreUncounted: () => (counted = 'nobody'),
      consumeUncounted: () => (counted = 'its address'),
    };
    const legacy = new LegacyAuthenticator(
      {} as Authenticator,
      tokens as TokenVerifier,
      moodle as unknown as MoodleAuthenticator,
      rateLimiter as unknown as RateLimiter,
    );
    const request = { headers: { authorization } } as FastifyRequest;
    await legacy.countProxied(request, new Map(Object.entries(fields)));
    expect(counted).toBe(expected);
  });

  it('lets Moodle identify a sesskey of its form', async () => {
    const expected = { owner: moodleOwner, verified: ['moodle1 for 7'] };
    expect(await authenticate({ cmid: '7', sesskey: 'moodle1' })).toEqual(expected);
  });

  it('verifies every other sesskey as a token', async () => {
    const expected = { owner: tokenOwner, verified: ['jwt'] };
    expect(await authenticate({ cmid: '7', sesskey: 'jwt' })).toEqual(expected);
    expect(await authenticate({ cmid: 7, sesskey: 'jwt' })).toEqual(expected);
  });

  it('verifies a bearer token as a token, whatever its form and the sesskey', async () => {
    const fields = { cmid: '7', sesskey: 'moodle1' };
    expect((await authenticate(fields, 'Bearer moodle2')).verified).toEqual(['moodle2']);
    await expect(authenticate(fields, 'Bearer')).rejects.toThrow(UnauthenticatedError);
  });

  it('rejects a call without a credential', async () => {
    await expect(authenticate({ cmid: '7' })).rejects.toThrow(UnauthenticatedError);
  });

  it.each<[string, string, Error, string | undefined]>([
    [
      'has the form of a sesskey',
      'aB3dE6gH9k',
      new UnauthenticatedError('expired'),
      'a sesskey of Moodle, which needs AUTH=moodle',
    ],
    ['has another form', 'a.b.c', new UnauthenticatedError('expired'), 'expired'],
    ['has the form of a sesskey, but is not refused', 'aB3dE6gH9k', new AuthenticationUnavailableError(), undefined],
  ])('passes on why a token is refused that %s', async (_, sesskey, error, reason) => {
    const authenticator = { authenticate: (_request: unknown, verify: () => Promise<Identity>) => verify() };
    const legacy = new LegacyAuthenticator(
      authenticator as unknown as Authenticator,
      { verify: () => Promise.reject(error) } as unknown as TokenVerifier,
      { supports: () => false } as unknown as MoodleAuthenticator,
      {} as RateLimiter,
    );
    const fields = new Map<string, unknown>(Object.entries({ cmid: '7', sesskey }));
    const thrown: unknown = await legacy
      .authenticate({ headers: {} } as FastifyRequest, fields)
      .catch((e: unknown) => e);
    expect(thrown).toBeInstanceOf(error.constructor);
    expect((thrown as { reason?: string }).reason).toBe(reason);
  });

  it.each(['404', '405'])('answers 403 when the credential is not valid for the course module %s', async (cmid) => {
    const sesskey = cmid === '404' ? 'moodle1' : 'jwt';
    await expect(authenticate({ cmid, sesskey }, undefined, 7)).rejects.toMatchObject({
      status: 403,
      code: 'cmid_mismatch',
      message: `Invalid course module ID: ${cmid}`,
    });
  });

  it('accepts a token that is limited to the course module', async () => {
    expect((await authenticate({ cmid: '7', sesskey: 'jwt' }, undefined, 7)).owner).toEqual(tokenOwner);
  });

  it('drops NULs in cmid, as the original endpoint did', async () => {
    expect((await authenticate({ cmid: '\u00007\0', sesskey: 'jwt' })).owner).toEqual(tokenOwner);
  });

  it.each([{}, { cmid: '' }])('requires cmid: %j', async (fields) => {
    await expect(authenticate({ ...fields, sesskey: 'jwt' })).rejects.toThrow(MissingParameterError);
  });

  it.each(['0', 'x', '1.5', '-1', '4294967296', 0, 1.5, true, null, ['7']])('rejects cmid %j', async (cmid) => {
    await expect(authenticate({ cmid, sesskey: 'jwt' })).rejects.toThrow(InvalidParameterError);
  });
});
