import { numbers } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';

describe('the version of a session', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession({ title: 'First' });
  });
  afterAll(() => server.stop());

  const version = async () => expectStatus(await client.session(id), 200).version;
  const tagOf = ({ headers }: Answer<unknown>) => headers.get('etag');
  const remove = (path: string, ifMatch: string) =>
    client.call<unknown>('DELETE', `/api/v1/sessions/${id}${path}`, undefined, { headers: { 'if-match': ifMatch } });

  it('is the ETag of every answer with one session', async () => {
    expect(tagOf(await client.createSession({ id: 'other' }))).toBe('"1"');
    expect(tagOf(await client.changeSession('other', { pinned: true }))).toBe('"2"');
    expect(tagOf(await client.createSession({ id: 'other' }))).toBe('"2"');
    expect(tagOf(await client.session('other'))).toBe('"2"');
    expect(tagOf(await client.activate('other'))).toBe('"2"');
    expect(tagOf(await client.active())).toBe('"2"');
  });

  it('counts renaming, pinning, archiving, metadata and clearing', async () => {
    for (const [index, fields] of [
      { title: 'Second' },
      { pinned: true },
      { archived: true },
      { metadata: { a: 'b' } },
      { title: 'Third', pinned: false },
    ].entries()) {
      expect(expectStatus(await client.changeSession(id, fields), 200).version).toBe(index + 2);
    }
    expectStatus(await client.save(id, { content: 'x' }), 201);
    for (const _ of ['cleared', 'empty already']) expectStatus(await client.clear(id), 204);
    expect(await version()).toBe(7);
  });

  it('does not count saving, reading and switching', async () => {
    expectStatus(await client.save(id, { content: 'x' }), 201);
    expectStatus(await client.messages(id), 200);
    await client.newSession();
    expectStatus(await client.activate(id), 200);
    expect(await version()).toBe(1);
  });

  it('counts what pages of the plugin change', async () => {
    const page = new LegacyClient(server.url, client.token, client.owner);
    const fields = { session_id: id, sesskey: client.token };
    await page.append(fields);
    await page.call('update_chat_title', { ...fields, title: 'Page' });
    await page.call('clear_session_messages', fields);
    await page.call('switch_chat_session', fields);
    expect(await version()).toBe(3);
  });

  it('is no reason for a 304: the answer has the messages that were saved since', async () => {
    const before = await client.session(id);
    expectStatus(await client.save(id, { content: 'x' }), 201);
    const headers = { 'if-none-match': String(tagOf(before)) };
    const after = await client.call<{ messageCount: number }>('GET', `/api/v1/sessions/${id}`, undefined, { headers });
    expect(expectStatus(after, 200).messageCount).toBe(1);
  });

  it('is not the ETag of a list, which changes with each session', async () => {
    const before = tagOf(await client.sessions());
    expect(before).toMatch(/^W\/"[0-9a-f]{32}"$/);
    await client.changeSession(id, { pinned: true });
    expect(tagOf(await client.sessions())).not.toBe(before);
  });

  describe('in If-Match', () => {
    it.each(['"1"', 'W/"1"', '*', ' * ', '"9", "1"', '"x","1"', '"9",  W/"1"'])(
      '%s lets a change through',
      async (ifMatch) => {
        expect(expectStatus(await client.changeSession(id, { pinned: true }, ifMatch), 200).version).toBe(2);
      },
    );

    it.each(['"2"', '"0"', '"01"', '""', '"x"', '"1x"', 'W/"2"', '"2", "3"', '"99999999999999999999"'])(
      '%s is another version: 412, and nothing is changed',
      async (ifMatch) => {
        expectStatus(await client.save(id, { content: 'x' }), 201);
        const before = await client.session(id);
        const answers = [
          await client.changeSession(id, { title: 'Second', pinned: true }, ifMatch),
          await remove('', ifMatch),
          await remove('/messages', ifMatch),
        ];
        for (const answer of answers) refusal(answer, 412, 'version_conflict');
        expect((await client.session(id)).text).toBe(before.text);
      },
    );

    it.each(['1', '"1 "', '"1', '1"', '"1" "2"', '"1",', ',"1"', '*, "1"', '', "'1'", 'W/1', 'w/"1"'])(
      '%j is malformed: 422 names the header, and nothing is changed',
      async (ifMatch) => {
        const detail = 'must be an ETag in its quotes, several with commas between them, or *';
        const before = await client.session(id);
        const answers = [
          await client.changeSession(id, { pinned: true }, ifMatch),
          await remove('', ifMatch),
          await remove('/messages', ifMatch),
        ];
        for (const answer of answers) {
          const { errors } = refusal(answer, 422, 'validation_failed');
          expect(errors).toEqual([{ in: 'header', pointer: '/If-Match', detail }]);
        }
        expect((await client.session(id)).text).toBe(before.text);
      },
    );

    it('is read after the fields', async () => {
      const answer = await client.changeSession(id, { title: '' }, 'x');
      expect(refusal(answer, 422, 'validation_failed').errors?.map(({ pointer }) => pointer)).toEqual(['/title']);
    });

    it('lets deleting and clearing through', async () => {
      expectStatus(await client.save(id, { content: 'x' }), 201);
      expectStatus(await remove('/messages', '"1"'), 204);
      refusal(await remove('', '"1"'), 412, 'version_conflict');
      expectStatus(await remove('', '"2"'), 204);
      refusal(await client.session(id), 404, 'session_not_found');
    });

    it('of a session that is not there: 404', async () => {
      for (const ifMatch of ['"1"', '*']) {
        refusal(await client.changeSession('nowhere', { pinned: true }, ifMatch), 404, 'session_not_found');
      }
      const stranger = await server.client();
      refusal(await stranger.changeSession(id, { pinned: true }, '"7"'), 404, 'session_not_found');
    });

    it('of many changes at once lets exactly one through', async () => {
      for (const round of numbers(5)) {
        const ifMatch = `"${await version()}"`;
        const answers = await Promise.all(
          numbers(8).map((n) => client.changeSession(id, { title: `${round} ${n}` }, ifMatch)),
        );
        const won = answers.filter(({ status }) => status === 200);
        expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
        expect((await client.session(id)).body).toEqual(won[0]?.body);
        expect(await version()).toBe(round + 2);
      }
    });

    it('of a change and a deletion at once lets exactly one through, and a save is no change', async () => {
      for (const round of numbers(8)) {
        id = await client.newSession({ title: `${round}` });
        const [changed, deleted, saved] = await Promise.all([
          client.changeSession(id, { pinned: true }, '"1"'),
          remove('', '"1"'),
          client.save(id, { content: 'x' }),
        ]);
        const isDeleted = deleted.status === 204;
        expect([changed.status, deleted.status]).toEqual(isDeleted ? [404, 204] : [200, 412]);
        expect([201, ...(isDeleted ? [404] : [])]).toContain(saved.status);
      }
    });
  });
});
