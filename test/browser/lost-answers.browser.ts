import { Chats, type ChatsOptions } from '../support/browser/chats.js';
import { Network } from '../support/browser/network.js';
import { Visit, type Site } from '../support/browser/browser.js';
import { count, sqlOf } from '../support/database/access.js';
import { newOwner, TestServer } from '../support/http/server.js';

const unreached = { name: 'MultiChatError', code: 'network_error', status: 0 };

describe('the browser module, on a network that loses', () => {
  let visit: Visit;
  let server: TestServer;
  let network: Network & Site;

  beforeAll(async () => {
    visit = await Visit.begin();
    server = await TestServer.start({ ALLOWED_ORIGINS: visit.origin });
  });
  beforeEach(async () => {
    network = await Network.before(server.url);
  });
  afterEach(() => network.stop());
  afterAll(async () => {
    await visit.end();
    await server.stop();
  });

  /** Chats of an owner of their own, behind the network; and how many rows the database has of that one. */
  async function begin({ way = network, ...more }: ChatsOptions & { way?: Site } = {}) {
    const owner = newOwner();
    const token = await server.token(owner);
    const ofOwner = (table: string) => () => count(sqlOf(server), table, 'userid = ?', [owner.userId]);
    return {
      chats: await Chats.in(visit.page, way.origin, { token, ...more }),
      sessions: ofOwner('writeassistdev_chat_sessions'),
      messages: ofOwner('writeassistdev_chat'),
    };
  }

  describe.each(['answer lost', 'answer cut'] as const)('%s', (fate) => {
    it('of a save: it is sent again by the same name, and there is one row', async () => {
      const { chats, messages } = await begin();
      const id = await chats.call('createNewChat');
      network.next(fate, fate);
      const messageId = await chats.call('saveMessage', id, 'user', 'Once');
      expect(await chats.call('loadSessionMessages', id)).toMatchObject([{ id: messageId, content: 'Once' }]);
      expect(await messages()).toBe(1);
      const sends = network.calls.filter(({ fields }) => fields.get('action') === 'save_session_message');
      expect(sends).toHaveLength(3);
      expect(new Set(sends.map(({ fields }) => fields.toString())).size).toBe(1);
      expect(sends[0]?.fields.get('client_message_id')).toMatch(/^[0-9a-f]{32}$/);
    });

    it('of every attempt to save: the call is given up, and there is one row', async () => {
      const { chats, messages } = await begin({ attempts: 3 });
      const id = await chats.call('createNewChat');
      network.next(fate, fate, fate);
      expect(await chats.rejection('saveMessage', id, 'user', 'Once')).toMatchObject(unreached);
      expect(network.actions.filter((action) => action === 'save_session_message')).toHaveLength(3);
      expect(await messages()).toBe(1);
    });

    it('of making a chat: that is told, and it is not made twice', async () => {
      const { chats, sessions } = await begin();
      network.next(fate);
      expect(await chats.rejection('createNewChat', 'Once')).toMatchObject(unreached);
      expect(network.actions).toEqual(['create_chat_session']);
      expect(await sessions()).toBe(1);
      expect(await chats.currentSessionId()).toBeNull();
      expect(await chats.shown()).toEqual([]);
    });

    it('of deleting: it is done all the same', async () => {
      const { chats, sessions } = await begin();
      const id = await chats.call('createNewChat');
      network.next(fate);
      await chats.call('deleteChat', id);
      expect(network.actions.filter((action) => action === 'delete_chat_session')).toHaveLength(2);
      expect(await sessions()).toBe(0);
      expect(await chats.currentSessionId()).toBeNull();
    });

    it('of switching, renaming and reading: they are repeated', async () => {
      const { chats } = await begin();
      const id = await chats.call('createNewChat', 'Before');
      await chats.call('saveMessage', id, 'user', 'x');
      network.next(fate, 'none', fate);
      expect(await chats.call('switchToChat', id)).toMatchObject([{ content: 'x' }]);
      network.next(fate);
      await chats.call('renameChat', id, 'Afterwards');
      network.next(fate);
      expect(await chats.call('listChats')).toMatchObject([{ title: 'Afterwards', is_active: 1, message_count: 1 }]);
    });

    it('of clearing: that is told, and it is not repeated, since others may have saved meanwhile', async () => {
      const { chats, messages } = await begin();
      const id = await chats.call('createNewChat');
      await chats.call('saveMessage', id, 'user', 'x');
      network.next(fate);
      expect(await chats.rejection('clearChat', id)).toMatchObject(unreached);
      expect(network.actions.filter((action) => action === 'clear_session_messages')).toHaveLength(1);
      expect(await messages()).toBe(0);
    });
  });

  // A browser sends a call once more by itself where a connection that it has kept breaks before an answer.
  describe('over a connection that is kept and breaks', () => {
    let kept: Network & Site;

    beforeEach(async () => {
      kept = await Network.before(server.url, { keepAlive: true });
    });
    afterEach(() => kept.stop());

    it('saves once', async () => {
      const { chats, messages } = await begin({ way: kept, attempts: 1 });
      const id = await chats.call('createNewChat');
      kept.next('answer lost');
      await chats.call('saveMessage', id, 'user', 'Once');
      expect(kept.actions).toEqual(['create_chat_session', 'save_session_message', 'save_session_message']);
      expect(await messages()).toBe(1);
    });

    it('deletes', async () => {
      const { chats, sessions } = await begin({ way: kept });
      const id = await chats.call('createNewChat');
      kept.next('answer lost');
      await chats.call('deleteChat', id);
      expect(await sessions()).toBe(0);
    });
  });

  it('gives up an attempt whose time is over, and saves once', async () => {
    const { chats, messages } = await begin({ timeoutMs: 700 });
    const id = await chats.call('createNewChat');
    network.next('answer held');
    await chats.call('saveMessage', id, 'user', 'Once');
    expect(network.actions.filter((action) => action === 'save_session_message').length).toBeGreaterThan(1);
    expect(await messages()).toBe(1);
  });

  it('tells that the time is over', async () => {
    const { chats, sessions } = await begin({ timeoutMs: 300, attempts: 2 });
    network.next('answer held', 'answer held', 'answer held');
    expect(await chats.rejection('listChats')).toMatchObject({ code: 'timeout', status: 0 });
    expect(network.actions).toEqual(['get_chat_sessions', 'get_chat_sessions']);
    expect(await chats.rejection('createNewChat')).toMatchObject({ code: 'timeout', status: 0 });
    expect(network.actions.slice(2)).toEqual(['create_chat_session']);
    expect(await sessions()).toBeLessThanOrEqual(1);
  });

  it.each(['turned away', 'busy'] as const)('waits as long as it is told, where it is %s, and saves', async (fate) => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat');
    network.next(fate);
    await chats.call('saveMessage', id, 'user', 'x');
    const [, first, second] = network.calls;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(990);
    expect(network.calls).toHaveLength(3);
    expect(await messages()).toBe(1);
  });

  it('makes a chat at the second attempt where the server says that the first did nothing', async () => {
    const { chats, sessions } = await begin();
    network.next('busy');
    const id = await chats.call('createNewChat');
    expect(await chats.call('listChats')).toMatchObject([{ session_id: id }]);
    expect(await sessions()).toBe(1);
  });

  it('does not make a chat again where somebody else answers for the server', async () => {
    const { chats } = await begin();
    network.next('turned away');
    const told = { code: 'unreadable_answer', status: 503 };
    expect(await chats.rejection('createNewChat')).toMatchObject(told);
    expect(network.actions).toEqual(['create_chat_session']);
  });

  it('shows the chat that was chosen last, though the messages of the one before come later', async () => {
    const { chats } = await begin({ timeoutMs: 2000 });
    const first = await chats.call('createNewChat', 'First');
    await chats.call('saveMessage', first, 'user', 'of the first');
    const second = await chats.call('createNewChat', 'Second');
    await chats.call('saveMessage', second, 'user', 'of the second');
    network.next('none', 'answer held');
    const slow = chats.call('switchToChat', first);
    await network.seen('get_session_messages');
    await chats.call('switchToChat', second);
    expect(await slow).toMatchObject([{ content: 'of the first' }]);
    expect(await chats.shown()).toEqual([[], [], [{ role: 'user', content: 'of the second' }]]);
  });

  it('cannot reach a server that is not there', async () => {
    const gone = await Network.before(server.url);
    await gone.stop();
    const chats = await Chats.in(visit.page, server.url, {
      token: 'x',
      ajaxUrl: `${gone.origin}/mod/writeassistdev/ajax.php`,
    });
    expect(await chats.rejection('listChats')).toMatchObject(unreached);
  });
});
