import { SignJWT, UnsecuredJWT, generateKeyPair, type JWTPayload } from 'jose';
import { passTime, restoreTime } from '../../test/support/http/clock.js';
import { badTokens, testSecret } from '../../test/support/rest/tokens.js';
import { readConfig } from '../config/read-config.js';
import { UnauthenticatedError } from './auth.errors.js';
import { JwtVerifier } from './jwt-verifier.js';
import { sampleClaim } from './token-issuer.js';

const bytes = Buffer.from(testSecret);
const verifier = (variables: Record<string, string> = {}) =>
  new JwtVerifier({ bytes, generated: false }, readConfig(variables));
const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: Record<string, unknown> = {}) =>
  Object.assign({ sub: '2', activity: 1, exp: now() + 600 }, changes) as JWTPayload;
const sign = (payload: JWTPayload, alg = 'HS256', key: Uint8Array = bytes) =>
  new SignJWT(payload).setProtectedHeader({ alg }).sign(key);

describe('JwtVerifier', () => {
  it.each<[string, Record<string, unknown>]>([
    ['strings', { sub: '2', activity: '1' }],
    ['numbers', { sub: 2, activity: 1 }],
  ])('returns the owner named by %s', async (_, ids) => {
    expect(await verifier().verify(await sign(claims(ids)))).toEqual({
      owner: { userId: 2, activityId: 1 },
      cmid: undefined,
    });
  });

  it('accepts the highest ids', async () => {
    const token = await sign(claims({ sub: '4294967295', activity: 4294967295 }));
    expect(await verifier().verify(token)).toEqual({
      owner: { userId: 4294967295, activityId: 4294967295 },
      cmid: undefined,
    });
  });

  const ids: unknown[] = [
    undefined,
    null,
    0,
    '0',
    -1,
    '-1',
    1.5,
    '1.0',
    4294967296,
    '4294967296',
    '',
    '1 ',
    ' 1',
    '01',
  ];
  it.each([...ids, '+1', '1e3', '0x1', '1\n', '１', 'x', true, false, [1], { id: 1 }])(
    'rejects %j as a user or an activity',
    async (id) => {
      for (const name of ['sub', 'activity']) {
        await expect(verifier().verify(await sign(claims({ [name]: id })))).rejects.toThrow(UnauthenticatedError);
      }
    },
  );

  describe('with JWT_SECRET_PREVIOUS', () => {
    const previous = Buffer.from('the secret of yesterday, of 32 bytes and more');
    const rotated = () => verifier({ JWT_SECRET: testSecret, JWT_SECRET_PREVIOUS: previous.toString() });

    it('accepts tokens of both secrets, and of no other', async () => {
      for (const key of [bytes, previous]) {
        expect(await rotated().verify(await sign(claims(), 'HS256', key))).toMatchObject({ owner: { userId: 2 } });
      }
      const foreign = await sign(claims(), 'HS256', Buffer.from('x'.repeat(32)));
      await expect(rotated().verify(foreign)).rejects.toMatchObject({ reason: 'wrong signature' });
    });

    it('checks the claims of a token of the previous secret', async () => {
      const expired = await sign(claims({ exp: now() - 600 }), 'HS256', previous);
      await expect(rotated().verify(expired)).rejects.toMatchObject({ reason: 'expired' });
    });
  });

  describe('cmid', () => {
    it.each<[unknown, number | undefined]>([
      [undefined, undefined],
      [1, 1],
      [12, 12],
      ['12', 12],
      [4294967295, 4294967295],
      ['4294967295', 4294967295],
      // As some identity providers write a claim that they do not set.
      [null, undefined],
    ])('%j is read as %j', async (cmid, expected) => {
      const identity = await verifier().verify(await sign(claims({ cmid })));
      expect(identity).toEqual({ owner: { userId: 2, activityId: 1 }, cmid: expected });
    });

    // A token with an invalid cmid must not be accepted for every course module.
    const noModules: unknown[] = [
      ...ids.filter((id) => id !== undefined && id !== null),
      'twelve',
      2 ** 32,
      '1e3',
      true,
      [12],
      {},
    ];
    it.each(noModules)('rejects %j', async (cmid) => {
      await expect(verifier().verify(await sign(claims({ cmid })))).rejects.toThrow(UnauthenticatedError);
    });
  });

  // Created when the test runs, because earlier tests may take a while.
  it.each<[string, () => Record<string, unknown>, boolean]>([
    ['has just expired: clocks differ', () => ({ exp: now() - 55 }), true],
    ['has expired', () => ({ exp: now() - 65 }), false],
    ['never expires', () => ({ exp: undefined }), false],
    ['has a text as exp', () => ({ exp: '9999999999' }), false],
    ['begins in a moment: clocks differ', () => ({ nbf: now() + 55 }), true],
    ['begins later', () => ({ nbf: now() + 65 }), false],
    ['was issued in a moment: clocks differ', () => ({ iat: now() + 55 }), true],
    ['was issued later', () => ({ iat: now() + 65 }), false],
  ])('accepts or rejects a token that %s', async (_, changes, isAccepted) => {
    const answer = verifier().verify(await sign(claims(changes())));
    await (isAccepted ? expect(answer).resolves.toBeDefined() : expect(answer).rejects.toThrow(UnauthenticatedError));
  });

  it.each([
    ['0', 5, false],
    ['30', 25, true],
    ['30', 35, false],
    ['600', 590, true],
  ])('with JWT_CLOCK_TOLERANCE_SECONDS=%s a clock may differ by %s s: %s', async (seconds, difference, isAccepted) => {
    const tolerant = verifier({ JWT_CLOCK_TOLERANCE_SECONDS: seconds });
    for (const changes of [{ exp: now() - difference }, { nbf: now() + difference }, { iat: now() + difference }]) {
      const answer = tolerant.verify(await sign(claims(changes)));
      await (isAccepted ? expect(answer).resolves.toBeDefined() : expect(answer).rejects.toThrow(UnauthenticatedError));
    }
  });

  describe('at an exact time', () => {
    // Whole seconds, in the future of other tests.
    const at = 4_000_000_000;
    const variables = { JWT_CLOCK_TOLERANCE_SECONDS: '5', JWT_MAX_AGE_SECONDS: '100' };
    const reasonOf = async (changes: Record<string, unknown>, ms = 0) => {
      const token = await sign({ ...claims({ exp: at + 1000, iat: at }), ...changes });
      Date.now = () => at * 1000 + ms;
      return verifier(variables)
        .verify(token)
        .then(
          () => undefined,
          (error: unknown) => (error as { reason: string }).reason,
        );
    };
    const realNow = Date.now.bind(Date);
    afterEach(() => {
      Date.now = realNow;
    });

    it.each<[string | undefined, string, Record<string, unknown>, number]>([
      [undefined, 'was issued as far in the future as clocks may differ', { iat: at + 5 }, 0],
      ['issued in the future', 'was issued later', { iat: at + 5.001 }, 0],
      [undefined, 'is a moment younger than the maximum age', { iat: at - 105 }, -1],
      ['too old', 'is as old as the maximum age', { iat: at - 105 }, 0],
      ['too old', 'is older, and expires in a moment', { exp: at + 2, iat: at - 200 }, 0],
      ['expired', 'expires in a fraction of a second that has passed', { exp: at - 4.5 }, 500],
      [undefined, 'expires in one that has not', { exp: at - 4.5 }, 499],
    ])('says %s of a token that %s', async (reason, _, changes, ms) => {
      expect(await reasonOf(changes, ms)).toBe(reason);
    });
  });

  it('accepts a token of any age with JWT_MAX_AGE_SECONDS=0', async () => {
    const old = await sign(claims({ iat: 1 }));
    await expect(verifier({ JWT_MAX_AGE_SECONDS: '0' }).verify(old)).resolves.toBeDefined();
    await expect(verifier().verify(old)).rejects.toMatchObject({ reason: 'too old' });
  });

  it.each<[unknown, true | undefined]>([
    [true, true],
    [false, undefined],
    ['true', undefined],
    [undefined, undefined],
  ])('takes a token whose claim for samples is %j for a sample: %s', async (claim, isSample) => {
    expect((await verifier().verify(await sign(claims({ [sampleClaim]: claim })))).isSample).toBe(isSample);
  });

  describe('the cache', () => {
    const cacheMs = 5 * 60_000;
    afterEach(restoreTime);

    it('has a token that was verified, for five minutes', async () => {
      const [caching, token] = [verifier(), await sign(claims({ exp: now() + 3600 }))];
      expect(caching.known(token)).toBeUndefined();
      const identity = await caching.verify(token);
      passTime(cacheMs - 1000);
      expect(caching.known(token)).toBe(identity);
      expect(await caching.verify(token)).toBe(identity);
      passTime(1001);
      expect(caching.known(token)).toBeUndefined();
    });

    it('has it until it expires', async () => {
      const [caching, token] = [
        verifier({ JWT_CLOCK_TOLERANCE_SECONDS: '0' }),
        await sign(claims({ exp: now() + 60 })),
      ];
      await caching.verify(token);
      passTime(55_000);
      expect(caching.known(token)).toBeDefined();
      passTime(5001);
      expect(caching.known(token)).toBeUndefined();
    });

    it('has no token that was rejected', async () => {
      const [caching, token] = [verifier(), await sign(claims({ sub: '0' }))];
      await expect(caching.verify(token)).rejects.toThrow(UnauthenticatedError);
      expect(caching.known(token)).toBeUndefined();
    });
  });

  it.each(badTokens)('rejects a token that %s', async (_, make) => {
    await expect(verifier().verify(make())).rejects.toThrow(UnauthenticatedError);
  });

  it.each(['HS384', 'HS512'])('rejects a token signed with %s', async (alg) => {
    const key = Buffer.alloc(64, bytes);
    const long = new JwtVerifier({ bytes: key, generated: false }, readConfig({}));
    await expect(long.verify(await sign(claims(), alg, key))).rejects.toThrow(UnauthenticatedError);
    await expect(long.verify(await sign(claims(), 'HS256', key))).resolves.toBeDefined();
  });

  it('rejects a token signed with an asymmetric key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    await expect(verifier().verify(token)).rejects.toThrow(UnauthenticatedError);
  });

  it('rejects a token signed with another secret, and an unsigned one', async () => {
    await expect(verifier().verify(await sign(claims(), 'HS256', Buffer.alloc(32, 1)))).rejects.toThrow(
      UnauthenticatedError,
    );
    await expect(verifier().verify(new UnsecuredJWT(claims()).encode())).rejects.toThrow(UnauthenticatedError);
  });

  it.each(['', '.', '..', 'x', 'a.b.c', 'a.b.c.d.e'])('rejects %j', async (text) => {
    await expect(verifier().verify(text)).rejects.toThrow(UnauthenticatedError);
  });

  describe('with a configured issuer and audience', () => {
    const strict = verifier({ JWT_ISSUER: 'moodle', JWT_AUDIENCE: 'chat' });

    it.each<[Record<string, unknown>, boolean]>([
      [{ iss: 'moodle', aud: 'chat' }, true],
      [{ iss: 'moodle', aud: ['chat', 'other'] }, true],
      [{ iss: 'moodle' }, false],
      [{ aud: 'chat' }, false],
      [{ iss: 'Moodle', aud: 'chat' }, false],
      [{ iss: 'moodle', aud: 'other' }, false],
      [{}, false],
    ])('a token with %j is accepted: %s', async (changes, isAccepted) => {
      const answer = strict.verify(await sign(claims(changes)));
      await (isAccepted ? expect(answer).resolves.toBeDefined() : expect(answer).rejects.toThrow(UnauthenticatedError));
    });
  });

  it('throws the same error for every reason', async () => {
    const tokens = ['x', await sign(claims({ exp: 1 })), await sign(claims({ sub: '0' }))];
    const refusals = await Promise.all(
      tokens.map((token) =>
        verifier()
          .verify(token)
          .catch((error: unknown) => error),
      ),
    );
    expect(new Set(refusals.map(String)).size).toBe(1);
    expect(new Set(refusals.map((refusal) => (refusal as Error).message)).size).toBe(1);
    for (const refusal of refusals) expect((refusal as Error).cause).toBeUndefined();
  });
});
