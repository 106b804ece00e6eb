import { TokenIssuer } from '../../src/auth/token-issuer.js';
import { Chats, type ChatsOptions, type Rejection } from '../support/browser/chats.js';
import { Network } from '../support/browser/network.js';
import { ForeignPage, type Site } from '../support/browser/browser.js';
import { count, sqlOf } from '../support/database/access.js';
import { newOwner, TestServer } from '../support/http/server.js';

const noSession = [404, 'session_not_found', 'There is no such session.'] as const;

describe('the credentials of the browser module', () => {
  let foreign: ForeignPage;
  let server: TestServer;
  let network: Network & Site;

  beforeAll(async () => {
    foreign = await ForeignPage.open();
    server = await TestServer.start({ ALLOWED_ORIGINS: foreign.origin });
  });
  beforeEach(async () => {
    network = await Network.before(server.url);
  });
  afterEach(() => network.stop());
  afterAll(async () => {
    await foreign.close();
    await server.stop();
  });

  const inForm = (token: string): ChatsOptions => ({ sesskey: token });
  const inHeader = (token: string): ChatsOptions => ({ token, sesskey: 'of somebody else' });
  const later = (token: string): ChatsOptions => ({ token, tokenLater: true });

  it.each([
    ['as a field of the form', inForm, true],
    ['in the header, and no field', inHeader, false],
    ['in the header, from a function', later, false],
  ])('are sent as a token %s', async (_, optionsOf, inField) => {
    const owner = newOwner();
    const token = await server.token(owner);
    const chats = await Chats.in(foreign.page, network.origin, optionsOf(token));
    await chats.call('createNewChat');
    const [call] = network.calls;
    expect(call?.fields.get('sesskey')).toBe(inField ? token : null);
    expect(call?.headers.authorization).toBe(inField ? undefined : `Bearer ${token}`);
    expect(call?.headers).toMatchObject({ origin: foreign.origin });
    expect(call?.headers).not.toHaveProperty('cookie');
    expect(await count(sqlOf(server), 'writeassistdev_chat_sessions', 'userid = ?', [owner.userId])).toBe(1);
  });

  const scriptUrl = () => `${server.url}/client/multi-chat-manager.js`;
  const ajaxUrl = () => `${network.origin}/mod/writeassistdev/ajax.php`;

  it("are those of the plugin's page if no options are given", async () => {
    const owner = newOwner();
    const settings = {
      ajaxUrl: ajaxUrl(),
      cmId: 12,
      sesskey: await server.token(owner),
    };
    const tab = await foreign.newTab();
    await tab.evaluate((all) => Object.assign(globalThis, all), settings);
    const id = await tab.evaluate(async (script) => {
      const { MultiChatManager } = (await import(script)) as typeof import('../../client/multi-chat-manager.js');
      return new MultiChatManager().createNewChat();
    }, scriptUrl());
    await tab.close();
    expect(network.calls[0]?.fields.get('cmid')).toBe('12');
    const rows = await sqlOf(server).query('SELECT session_id FROM writeassistdev_chat_sessions WHERE userid = ?', [
      owner.userId,
    ]);
    expect(rows).toEqual([{ session_id: id }]);
  });

  it('are requested from the function for every attempt', async () => {
    network.next('answer lost', 'answer lost');
    const requests = await foreign.page.evaluate(
      async ({ script, ajaxUrl, known }) => {
        const { MultiChatManager } = (await import(script)) as typeof import('../../client/multi-chat-manager.js');
        let times = 0;
        const token = () => (++times < 3 ? 'expired' : known);
        await new MultiChatManager({ ajaxUrl, cmid: 1, token, retryDelayMs: 20 }).listChats();
        return times;
      },
      { script: scriptUrl(), ajaxUrl: ajaxUrl(), known: await server.token(newOwner()) },
    );
    expect(requests).toBe(3);
  });

  describe('a call is rejected without a retry if', () => {
    const refusals: [string, (chats: Chats) => Promise<Rejection>, number, string, string][] = [
      ['the chat to switch to is missing', (chats) => chats.rejection('switchToChat', 'none'), ...noSession],
      ['the chat to rename is missing', (chats) => chats.rejection('renameChat', 'none', 'x'), ...noSession],
      ['the chat to clear is missing', (chats) => chats.rejection('clearChat', 'none'), ...noSession],
      [
        'a title is blank',
        (chats) => chats.rejection('renameChat', 'none', ' '),
        400,
        'invalid_parameter',
        'Invalid parameter (title): it must not be blank',
      ],
      [
        'a role is unknown',
        (chats) => chats.rejection('saveMessage', 'one', 'tool' as 'user', 'x'),
        400,
        'invalid_role',
        'Invalid role: tool',
      ],
      [
        'its clientMessageId was used for another message',
        async (chats) => {
          await chats.call('saveMessage', 'one', 'user', 'x', { clientMessageId: 'one' });
          network.calls.length = 0;
          return chats.rejection('saveMessage', 'one', 'user', 'y', { clientMessageId: 'one' });
        },
        409,
        'client_message_id_conflict',
        'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
      ],
    ];

    it.each(refusals)('%s', async (_, rejection, status, code, message) => {
      const chats = await Chats.in(foreign.page, network.origin, { token: await server.token(newOwner()) });
      expect(await rejection(chats)).toEqual({ name: 'MultiChatError', message, code, status });
      expect(network.calls).toHaveLength(1);
      expect(await chats.shown()).toEqual([]);
      expect(await chats.currentSessionId()).toBeNull();
    });

    it.each<[string, ChatsOptions, number, string]>([
      ['the token is invalid', { token: 'x' }, 401, 'unauthenticated'],
      ['the sesskey is invalid', { sesskey: 'x' }, 401, 'unauthenticated'],
      ['there is no token', {}, 401, 'unauthenticated'],
      ['there is no course module', { token: 'x', cmid: '' }, 400, 'missing_parameter'],
    ])('%s', async (_, options, status, code) => {
      const chats = await Chats.in(foreign.page, network.origin, options);
      expect(await chats.rejection('createNewChat')).toMatchObject({ name: 'MultiChatError', code, status });
      expect(network.actions).toEqual(['create_chat_session']);
    });

    it('the token is for another course module', async () => {
      const owner = newOwner();
      const token = await server.app.get(TokenIssuer, { strict: false }).issue(owner, 600, 12);
      const own = await Chats.in(foreign.page, network.origin, { token, cmid: 12 });
      const other = await Chats.in(foreign.page, network.origin, { token, cmid: 13 });
      expect(await own.call('listChats')).toEqual([]);
      expect(await other.rejection('listChats')).toMatchObject({ code: 'cmid_mismatch', status: 403 });
    });
  });
});
