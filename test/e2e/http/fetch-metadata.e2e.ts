import { legacyCalls } from '../../support/legacy/access.js';
import { outcomeOf } from '../../support/rest/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { permissions } from '../../support/http/cross-site.js';
import { rowCounts } from '../../support/legacy/bodies.js';
import { LegacyClient, encodings, firstAddress, laterAddress } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { TestServer } from '../../support/http/server.js';

const allowed = 'https://moodle.example.org';
const refused = '403 foreign_origin';

/** What a browser says of the page that sends, the origin that it says or keeps to itself, and what is answered. */
const rows: [site: string | undefined, origin: string | undefined, outcome: string][] = [
  ['cross-site', undefined, refused],
  ['same-site', undefined, refused],
  ['cross-site', 'null', refused],
  ['cross-site', 'https://evil.example', refused],
  ['same-site', 'https://evil.example.org', refused],
  // The origin is believed where it says more than the site.
  ['same-origin', 'https://evil.example', refused],
  ['none', 'https://evil.example', refused],
  ['cross-site', allowed, '200'],
  ['same-site', allowed, '200'],
  ['same-origin', undefined, '200'],
  ['none', undefined, '200'],
  [undefined, undefined, '200'],
];

describe('what the browser says of the page that sends', () => {
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

  describe.each(rows)('Sec-Fetch-Site: %s with Origin: %s is answered %s', (site, origin, outcome) => {
    const headers = { ...(site !== undefined && { 'sec-fetch-site': site }), ...(origin !== undefined && { origin }) };

    it.each(Object.keys(legacyCalls))('for %s', async (action) => {
      const fields = legacyCalls[action]?.fields(session, message);
      const before = [await rowCounts(server), await storedOf(server, client.owner)];
      // What is done by the one address is not there to be done again by the other.
      const paths = outcome === '200' ? [firstAddress] : [firstAddress, laterAddress];
      for (const path of paths) {
        const answer = await page().call(action, fields, { path, headers });
        expect(outcomeOf(answer)).toBe(outcome);
        if (outcome === '200') continue;
        expect(permissions(answer)).toEqual([]);
        expect([await rowCounts(server), await storedOf(server, client.owner)]).toEqual(before);
      }
    });

    it.each(encodings)('however it is sent, and whatever else the browser says: %s', async (encoding) => {
      for (const [mode, dest] of [
        ['navigate', 'document'],
        ['no-cors', 'image'],
        ['cors', 'empty'],
        ['websocket', 'websocket'],
      ]) {
        const more = { ...headers, 'sec-fetch-mode': mode ?? '', 'sec-fetch-dest': dest ?? '', 'sec-fetch-user': '?1' };
        expect(outcomeOf(await page().call('test', {}, { encoding, headers: more }))).toBe(outcome);
      }
    });
  });
});
