import { legacyCalls } from '../../support/legacy/access.js';
import { outcomeOf } from '../../support/rest/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { permissions } from '../../support/http/cross-site.js';
import { rowCounts } from '../../support/legacy/bodies.js';
import { LegacyClient, encodings, firstAddress, laterAddress } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { full } from '../../support/run/full.js';
import { product, rotated } from '../../support/run/sample.js';
import { TestServer } from '../../support/http/server.js';

const allowed = 'https://moodle.example.org';
const refused = '403 foreign_origin';

/** Sec-Fetch-Site, Origin, and the expected outcome. */
type Row = [site: string | undefined, origin: string | undefined, outcome: string];

const rows: Row[] = [
  ['cross-site', undefined, refused],
  ['same-site', undefined, refused],
  ['cross-site', 'null', refused],
  ['cross-site', 'https://evil.example', refused],
  ['same-site', 'https://evil.example.org', refused],
  // Origin takes precedence over Sec-Fetch-Site.
  ['same-origin', 'https://evil.example', refused],
  ['none', 'https://evil.example', refused],
  ['cross-site', allowed, '200'],
  ['same-site', allowed, '200'],
  ['same-origin', undefined, '200'],
  ['none', undefined, '200'],
  [undefined, undefined, '200'],
];

describe('Sec-Fetch-Site', () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  let message: string;

  beforeAll(async () => {
    server = await TestServer.start({ ALLOWED_ORIGINS: allowed });
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession();
    message = expectStatus(await client.save(session, { content: 'Own words' }), 201).id;
  });
  afterAll(() => server.stop());

  const page = () => new LegacyClient(server.url, client.token, client.owner);

  const headersOf = ([site, origin]: Row) => ({
    ...(site !== undefined && { 'sec-fetch-site': site }),
    ...(origin !== undefined && { origin }),
  });
  const legacyActions = Object.keys(legacyCalls);

  it.each(full(product(rows, legacyActions), rotated(rows, legacyActions)))(
    'Sec-Fetch-Site, Origin and the outcome are %j, for %s',
    async (row, action) => {
      const outcome = row[2];
      const fields = legacyCalls[action]?.fields(session, message);
      const before = [await rowCounts(server), await storedOf(server, client.owner)];
      // An accepted action changes the data, so it is sent to one path only.
      const paths = outcome === '200' ? [firstAddress] : [firstAddress, laterAddress];
      for (const path of paths) {
        const answer = await page().call(action, fields, { path, headers: headersOf(row) });
        expect(outcomeOf(answer)).toBe(outcome);
        if (outcome !== '200') expect(permissions(answer)).toEqual([]);
      }
      if (outcome === '200') return;
      expect([await rowCounts(server), await storedOf(server, client.owner)]).toEqual(before);
    },
  );

  it.each(full(product(rows, encodings), rotated(rows, encodings)))(
    'Sec-Fetch-Site, Origin and the outcome are %j, with any other Sec-Fetch header, sent as %s',
    async (row, encoding) => {
      for (const [mode, dest] of [
        ['navigate', 'document'],
        ['no-cors', 'image'],
        ['cors', 'empty'],
        ['websocket', 'websocket'],
      ]) {
        const more = { 'sec-fetch-mode': mode ?? '', 'sec-fetch-dest': dest ?? '', 'sec-fetch-user': '?1' };
        const headers = { ...headersOf(row), ...more };
        expect(outcomeOf(await page().call('test', {}, { encoding, headers }))).toBe(row[2]);
      }
    },
  );
});
