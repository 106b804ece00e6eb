import { decodeJwt, decodeProtectedHeader } from 'jose';
import { readConfig } from '../config/read-config.js';
import { JwtVerifier } from './jwt-verifier.js';
import { TokenIssuer } from './token-issuer.js';

const secret = { bytes: Buffer.from('kf83jfLq02mZx7Rb5WnT1vYc9sHd4gPe'), generated: false };
const owner = { userId: 4294967295, activityId: 7 };

describe('TokenIssuer', () => {
  it('issues a token with the owner and the lifetime', async () => {
    const before = Math.floor(Date.now() / 1000);
    const token = await new TokenIssuer(secret, readConfig({})).issue(owner, 600);
    const claims = decodeJwt(token);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(claims).toEqual({ sub: '4294967295', activity: 7, iat: claims.iat, exp: (claims.iat ?? 0) + 600 });
    expect(claims.iat).toBeGreaterThanOrEqual(before);
    expect(claims.iat).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('adds the configured issuer and audience', async () => {
    const config = readConfig({ JWT_ISSUER: 'moodle', JWT_AUDIENCE: 'chat' });
    expect(decodeJwt(await new TokenIssuer(secret, config).issue(owner, 60))).toMatchObject({
      iss: 'moodle',
      aud: 'chat',
    });
  });

  it('adds the given course module', async () => {
    const config = readConfig({});
    const token = await new TokenIssuer(secret, config).issue(owner, 600, 12);
    expect(decodeJwt(token)).toMatchObject({ sub: '4294967295', activity: 7, cmid: 12 });
    expect(await new JwtVerifier(secret, config).verify(token)).toEqual({ owner, cmid: 12 });
  });

  it.each([{}, { JWT_ISSUER: 'moodle' }, { JWT_ISSUER: 'moodle', JWT_AUDIENCE: 'chat' }])(
    'issues a token that the same server accepts: %j',
    async (variables) => {
      const config = readConfig(variables);
      const token = await new TokenIssuer(secret, config).issue(owner, 60);
      expect(await new JwtVerifier(secret, config).verify(token)).toEqual({ owner, cmid: undefined });
    },
  );
});
