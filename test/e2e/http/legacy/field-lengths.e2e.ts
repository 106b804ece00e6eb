import { expectStatus } from '../../../support/rest/client.js';
import { LegacyClient, encodings, failure } from '../../../support/legacy/client.js';
import { Upstream } from '../../../support/legacy/upstream.js';
import { TestServer } from '../../../support/http/server.js';

const mebibyte = 1024 * 1024;

describe('the length of a field', () => {
  let server: TestServer;
  let page: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start();
    page = await LegacyClient.of(server);
  });
  afterAll(() => server.stop());

  it.each([
    ['action', 101],
    ['cmid', 8193],
    ['role', 8193],
    ['client_message_id', 8193],
  ])('of %s is limited, in every encoding', async (name, length) => {
    const fields = { session_id: 'chat-1', role: 'user', content: 'x', [name]: 'x'.repeat(length) };
    for (const encoding of encodings) {
      const answer = await page.call('append_message', fields, { encoding });
      expect(failure(answer, 400, 'invalid_parameter')).toContain(`(${name}): it must have at most`);
    }
  });

  it('does not change what a session, a time or a sesskey that is wrong means', async () => {
    const long = 'x'.repeat(20_000);
    const id = await page.newSession();
    for (const encoding of encodings) {
      const send = (fields: object) =>
        page.call('append_message', { session_id: id, role: 'user', content: 'x', ...fields }, { encoding });
      expect(failure(await send({ session_id: long }), 400, 'invalid_parameter')).toContain('must be 1 to 50');
      failure(await send({ sesskey: long }), 401, 'unauthenticated');
      expectStatus(await send({ timestamp: long }), 200);
    }
    expect(await page.messages(id)).toHaveLength(encodings.length);
  });

  it('of an action is limited before the characters that Moodle drops are removed', async () => {
    failure(await page.call(`test${'.'.repeat(97)}`), 400, 'invalid_parameter');
    expectStatus(await page.call(`test${'.'.repeat(96)}`), 200);
  });

  it.each(encodings)('that the action does not have is not limited, and the field is ignored: %s', async (encoding) => {
    expectStatus(await page.call('test', { more: 'x'.repeat(2 * mebibyte) }, { encoding }), 200);
  });

  it('of content may be as long before NULs are removed', async () => {
    const content = `${'\0'.repeat(mebibyte)}the end`;
    const id = await page.newSession();
    const fields = { session_id: id, role: 'user', content };
    for (const encoding of encodings) {
      expectStatus(await page.call('save_session_message', fields, { encoding }), 200);
    }
    expect((await page.messages(id)).map((message) => message.content)).toEqual(Array(3).fill('the end'));
  });

  it('of a proxied form is limited for its action alone, and rebuilt unchanged', async () => {
    const upstream = await Upstream.start();
    const proxying = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url });
    try {
      const client = await LegacyClient.of(proxying);
      failure(await client.call('x'.repeat(3 * mebibyte)), 400, 'invalid_parameter');
      expect(upstream.received).toEqual([]);
      const project = '"é%&='.repeat(mebibyte / 4);
      await client.call('save_project', { project, session_id: 'y'.repeat(2000) });
      const sent = new URLSearchParams(upstream.only.body.toString());
      expect(sent.get('project') === project).toBe(true);
      expect(sent.get('session_id')).toHaveLength(2000);
    } finally {
      await proxying.stop();
      await upstream.stop();
    }
  });
});
