import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { getMessage, idsOf } from '../../support/rest/data.js';
import { refusal, wrongField } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

describe('session ids', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const ids = async () => idsOf(expectStatus(await client.sessions(), 200).data).sort();

  /** Every route with a session id in its path. */
  const uses: [string, (id: string) => Promise<Answer<unknown>>][] = [
    ['get', (id) => client.session(id)],
    ['rename', (id) => client.rename(id, 'Other')],
    ['switch', (id) => client.activate(id)],
    ['list messages', (id) => client.messages(id)],
    ['save', (id) => client.save(id, { content: 'x' })],
    ['clear', (id) => client.clear(id)],
    ['delete', (id) => client.deleteSession(id)],
    ['get a message', (id) => getMessage(client, id, '1')],
  ];

  it.each([
    ['one character', 'a'],
    ['50 characters', 'a'.repeat(50)],
    ['a digit', '0'],
    ['only signs', '_-'],
    ['a leading minus', '-1'],
    ['the reserved word in capitals', 'ACTIVE'],
    ['the name constructor', 'constructor'],
    ['the name __proto__', '__proto__'],
  ])('are valid: %s', async (_, id) => {
    expect(expectStatus(await client.createSession({ id }), 201).id).toBe(id);
    expect(expectStatus(await client.session(id), 200).id).toBe(id);
    expectStatus(await client.save(id, { content: 'x' }), 201);
    expect(expectStatus(await client.session(id), 200).messageCount).toBe(1);
    expectStatus(await client.deleteSession(id), 204);
    expect(await ids()).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['the reserved word', 'active'],
    ['51 characters', 'a'.repeat(51)],
    ['with a trailing space', 'chat_1 '],
    ['with a space', 'chat 1'],
    ['with a dot', 'chat.1'],
    ['with a slash', 'chat/1'],
    ['with a letter beyond ASCII', 'chàt_1'],
    ['with full-width digits', 'chat_１'],
    ['with a line break', 'chat_1\n'],
    ['with NUL', 'chat_1\0'],
    ['with a percent sign', '%61'],
  ])('are invalid: %s', async (_, id) => {
    const detail = 'must be 1 to 50 of A-Z, a-z, 0-9, _ and -, and not the word active';
    expect(wrongField(await client.createSession({ id }))).toEqual({ pointer: '/id', detail });
    expect(await ids()).toEqual([]);
  });

  it('that differ in case name different sessions', async () => {
    const lower = expectStatus(await client.createSession({ id: 'chat_1', title: 'lower' }), 201);
    const upper = expectStatus(await client.createSession({ id: 'CHAT_1', title: 'upper', activate: false }), 201);
    expectStatus(await client.save('CHAT_1', { content: 'x' }), 201);
    expectStatus(await client.deleteSession('CHAT_1'), 204);
    expect(expectStatus(await client.session('chat_1'), 200)).toEqual(lower);
    expect(upper.title).toBe('upper');
  });

  describe.each(uses)('in a request to %s', (_, use) => {
    it.each([
      ['in capitals', 'CHAT_1'],
      ['with a trailing space', 'chat_1%20'],
      ['with many trailing spaces', 'chat_1%20%20%20'],
      ['with a leading space', '%20chat_1'],
      ['with an accent', 'ch%C3%A0t_1'],
      ['with a trailing NUL', 'chat_1%00'],
      ['with a line break', 'chat_1%0A'],
      ['as a pattern', 'chat%25'],
      ['as a pattern of one character', 'chat__'],
      ['as a number', '0'],
      ['as SQL', `'%20OR%201=1--%20`],
      ['as the reserved word in other case', 'Active'],
      ['of 51 characters', 'a'.repeat(51)],
    ])('are not found when written %s', async (_name, written) => {
      const before = expectStatus(await client.createSession({ id: 'chat_1' }), 201);
      refusal(await use(written), 404, 'session_not_found');
      expect(expectStatus(await client.sessions(), 200).data).toEqual([before]);
    });

    it('are found when their letters are percent-encoded', async () => {
      await client.newSession({ id: 'chat_1' });
      expect((await use('%63hat_1')).text).not.toContain('session_not_found');
    });
  });

  it.each(uses.filter(([name]) => name !== 'get'))('do not include "active" in a request to %s', async (_, use) => {
    const before = expectStatus(await client.createSession(), 201);
    refusal(await use('active'), 404, 'session_not_found');
    expect(expectStatus(await client.sessions(), 200).data).toEqual([before]);
  });
});
