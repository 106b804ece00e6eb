import { KeyServer, Signer, algorithms, type Algorithm } from '../../../support/http/key-server.js';
import { rawCall } from '../../../support/rest/raw.js';
import { seconds } from '../../../support/rest/tokens.js';
import { TestServer } from '../../../support/http/server.js';

const withoutId = ({ jwk }: Signer) => ({ ...jwk, kid: undefined });

describe('tokens without a key id', () => {
  let keys: KeyServer;
  let server: TestServer;

  beforeEach(async () => {
    keys = await KeyServer.start([]);
    server = await TestServer.start({ JWKS_URL: keys.url });
  });
  afterEach(async () => {
    await server.stop();
    await keys.stop();
  });

  const statusOf = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await rawCall(server.url, '/api/v1/sessions', { headers })).status;
  };
  const signersOf = (algorithm: Algorithm) => ['a', 'b', 'c'].map((kid) => new Signer(algorithm, kid));
  const reasons = () =>
    server.log.map((line) => JSON.parse(line) as { reason?: string }).flatMap(({ reason }) => reason ?? []);

  it.each(algorithms)(
    'are verified by whichever published key of their kind they were signed with: %s',
    async (kind) => {
      const signers = signersOf(kind);
      // Some with a key id, some without.
      keys.publish(signers.map((signer, index) => (index === 1 ? withoutId(signer) : signer.jwk)));
      for (const signer of signers) expect(await statusOf(await signer.sign({}, { kid: undefined }))).toBe(200);
      expect(reasons()).toEqual([]);
    },
  );

  it('are rejected for their own reason if one key verifies them, and for the keys if none does', async () => {
    const signers = signersOf('ES256');
    keys.publish(signers.map(withoutId));
    const [, second] = signers;
    expect(await statusOf((await second?.sign({ exp: seconds() - 1000 }, { kid: undefined })) ?? '')).toBe(401);
    expect(await statusOf(await new Signer('ES256', 'x').sign({}, { kid: undefined }))).toBe(401);
    expect(await statusOf(await new Signer('RS256', 'x').sign({}, { kid: undefined }))).toBe(401);
    expect(reasons()).toEqual(['expired', 'several keys match, none verifies', 'no key matches']);
  });

  it('are tried with 16 keys', async () => {
    const signers = Array.from({ length: 18 }, (_, index) => new Signer('ES256', `key-${index}`));
    keys.publish(signers.map(({ jwk }) => jwk));
    const statuses = [];
    for (const signer of signers) statuses.push(await statusOf(await signer.sign({}, { kid: undefined })));
    expect(statuses).toEqual([...Array<number>(16).fill(200), 401, 401]);
  });
});
