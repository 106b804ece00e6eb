import { SignJWT, UnsecuredJWT, generateKeyPair, type JWTPayload } from 'jose';
import { readConfig } from '../config/read-config.js';
import { UnauthenticatedError } from './auth.errors.js';
import { JwtVerifier } from './jwt-verifier.js';

const bytes = Buffer.from('kf83jfLq02mZx7Rb5WnT1vYc9sHd4gPe');
const verifier = (variables: Record<string, string> = {}) =>
  new JwtVerifier({ bytes, generated: false }, readConfig(variables));
const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: Record<string, unknown> = {}) =>
  Object.assign({ sub: '2', activity: 1, exp: now() + 600 }, changes) as JWTPayload;
const sign = (payload: JWTPayload, alg = 'HS256', key: Uint8Array = bytes) =>
  new SignJWT(payload).setProtectedHeader({ alg }).sign(key);

describe('a token', () => {
  it.each<[string, Record<string, unknown>]>([
    ['strings', { sub: '2', activity: '1' }],
    ['numbers', { sub: 2, activity: 1 }],
  ])('speaks for the owner that it names by %s', async (_, ids) => {
    expect(await verifier().verify(await sign(claims(ids)))).toEqual({
      owner: { userId: 2, activityId: 1 },
      cmid: undefined,
    });
  });

  it('may name the highest ids', async () => {
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
    'may not name %j',
    async (id) => {
      for (const name of ['sub', 'activity']) {
        await expect(verifier().verify(await sign(claims({ [name]: id })))).rejects.toThrow(UnauthenticatedError);
      }
    },
  );

  describe('may be for one course module', () => {
    it.each<[unknown, number | undefined]>([
      [undefined, undefined],
      [1, 1],
      [12, 12],
      ['12', 12],
      [4294967295, 4294967295],
      ['4294967295', 4294967295],
    ])('%j', async (cmid, expected) => {
      const identity = await verifier().verify(await sign(claims({ cmid })));
      expect(identity).toEqual({ owner: { userId: 2, activityId: 1 }, cmid: expected });
    });

    // Whoever meant one must not get a token that is good for all.
    const noModules: unknown[] = [...ids.filter((id) => id !== undefined), 'twelve', 2 ** 32, '1e3', true, [12], {}];
    it.each(noModules)('but not for %j', async (cmid) => {
      await expect(verifier().verify(await sign(claims({ cmid })))).rejects.toThrow(UnauthenticatedError);
    });
  });

  // Made when it is its turn: the others before it may take a while.
  it.each<[string, () => Record<string, unknown>, boolean]>([
    ['has just expired: clocks differ', () => ({ exp: now() - 2 }), true],
    ['has expired', () => ({ exp: now() - 20 }), false],
    ['never expires', () => ({ exp: undefined }), false],
    ['expires at a text', () => ({ exp: '9999999999' }), false],
    ['begins in a moment: clocks differ', () => ({ nbf: now() + 2 }), true],
    ['begins later', () => ({ nbf: now() + 20 }), false],
  ])('that %s', async (_, changes, taken) => {
    const answer = verifier().verify(await sign(claims(changes())));
    await (taken ? expect(answer).resolves.toBeDefined() : expect(answer).rejects.toThrow(UnauthenticatedError));
  });

  it.each(['HS384', 'HS512'])('signed with %s is not taken', async (alg) => {
    const key = Buffer.alloc(64, bytes);
    const long = new JwtVerifier({ bytes: key, generated: false }, readConfig({}));
    await expect(long.verify(await sign(claims(), alg, key))).rejects.toThrow(UnauthenticatedError);
    await expect(long.verify(await sign(claims(), 'HS256', key))).resolves.toBeDefined();
  });

  it('signed with a pair of keys is not taken', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    await expect(verifier().verify(token)).rejects.toThrow(UnauthenticatedError);
  });

  it('signed with another secret, or not at all, is not taken', async () => {
    await expect(verifier().verify(await sign(claims(), 'HS256', Buffer.alloc(32, 1)))).rejects.toThrow(
      UnauthenticatedError,
    );
    await expect(verifier().verify(new UnsecuredJWT(claims()).encode())).rejects.toThrow(UnauthenticatedError);
  });

  it.each(['', '.', '..', 'x', 'a.b.c', 'a.b.c.d.e'])('is not %j', async (text) => {
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
    ])('%j: %s', async (changes, taken) => {
      const answer = strict.verify(await sign(claims(changes)));
      await (taken ? expect(answer).resolves.toBeDefined() : expect(answer).rejects.toThrow(UnauthenticatedError));
    });
  });

  it('is refused in the same words, whatever is wrong with it', async () => {
    const tokens = ['x', await sign(claims({ exp: 1 })), await sign(claims({ sub: '0' }))];
    const refusals = await Promise.all(
      tokens.map((token) =>
        verifier()
          .verify(token)
          .catch((error: unknown) => error),
      ),
    );
    expect(new Set(refusals.map(String)).size).toBe(1);
    for (const refusal of refusals) expect((refusal as Error).cause).toBeUndefined();
  });
});
