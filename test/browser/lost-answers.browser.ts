import { Chats, type ChatsOptions } from '../support/browser/chats.js';
import { Network } from '../support/browser/network.js';
import { ForeignPage, type Site } from '../support/browser/browser.js';
import { isLive } from '../../src/sessions/live-message-rules.js';
import { count, sqlOf } from '../support/database/access.js';
import { newOwner, TestServer } from '../support/http/server.js';

const unreached = { name: 'MultiChatError', code: 'network_error', status: 0 };

describe('the browser module on an unreliable network', () => {
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

  /** Chats of a new owner behind the network, and the numbers of its stored rows. */
  async function begin({ proxy = network, ...more }: ChatsOptions & { proxy?: Site } = {}) {
    const owner = newOwner();
    const token = await server.token(owner);
    const ofOwner = (table: string, isNotDeleted: string) => () =>
      count(sqlOf(server), table, `userid = ? AND ${isNotDeleted}`, [owner.userId]);
    const chatsWith = (options: ChatsOptions) => Chats.in(foreign.page, proxy.origin, { token, ...options });
    return {
      chats: await chatsWith(more),
      chatsWith,
      sessions: ofOwner('writeassistdev_chat_sessions', 'deleted_at IS NULL'),
      messages: ofOwner('writeassistdev_chat', isLive()),
    };
  }

  describe.each(['answer lost', 'answer cut'] as const)('%s', (fate) => {
    it('of a save: the save is sent again with the same clientMessageId, and stored once', async () => {
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

    it('of every attempt to save: the call fails, and the message is stored once', async () => {
      const { chats, messages } = await begin({ attempts: 3 });
      const id = await chats.call('createNewChat');
      network.next(fate, fate, fate);
      expect(await chats.rejection('saveMessage', id, 'user', 'Once')).toMatchObject(unreached);
      expect(network.actions.filter((action) => action === 'save_session_message')).toHaveLength(3);
      expect(await messages()).toBe(1);
    });

    it('of the creation of a chat: the call fails, and one chat is created', async () => {
      const { chats, sessions } = await begin();
      network.next(fate);
      expect(await chats.rejection('createNewChat', 'Once')).toMatchObject(unreached);
      expect(network.actions).toEqual(['create_chat_session']);
      expect(await sessions()).toBe(1);
      expect(await chats.currentSessionId()).toBeNull();
      expect(await chats.shown()).toEqual([]);
    });

    it('of a deletion: the call succeeds', async () => {
      const { chats, sessions } = await begin();
      const id = await chats.call('createNewChat');
      network.next(fate);
      await chats.call('deleteChat', id);
      expect(network.actions.filter((action) => action === 'delete_chat_session')).toHaveLength(2);
      expect(await sessions()).toBe(0);
      expect(await chats.currentSessionId()).toBeNull();
    });

    it('of switching, renaming and reading: the calls are retried', async () => {
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

    it('of each request of a reply that is stored while it arrives: it is stored once', async () => {
      const { chats, messages } = await begin();
      const id = await chats.call('createNewChat');
      network.next(fate, 'none', fate, 'none', fate, fate);
      await chats.stream(id, ['The ', 'Nile ', 'is ', 'long.'], 150);
      const stored = await chats.call('loadSessionMessages', id);
      expect(stored.map(({ content }) => content)).toEqual(['The Nile is long.']);
      expect(await messages()).toBe(1);
      const changes = network.calls.filter(({ method }) => method === 'PATCH');
      expect(changes.length).toBeGreaterThan(3);
    });

    it('of clearing: the call fails without a retry, because others may have saved meanwhile', async () => {
      const { chats, messages } = await begin();
      const id = await chats.call('createNewChat');
      await chats.call('saveMessage', id, 'user', 'x');
      network.next(fate);
      expect(await chats.rejection('clearChat', id)).toMatchObject(unreached);
      expect(network.actions.filter((action) => action === 'clear_session_messages')).toHaveLength(1);
      expect(await messages()).toBe(0);
    });
  });

  // A browser itself retries a request when a kept-alive connection breaks before the answer.
  describe('over a kept-alive connection that breaks', () => {
    let kept: Network & Site;

    beforeEach(async () => {
      kept = await Network.before(server.url, { keepAlive: true });
    });
    afterEach(() => kept.stop());

    it('saves once', async () => {
      const { chats, messages } = await begin({ proxy: kept, attempts: 1 });
      const id = await chats.call('createNewChat');
      kept.next('answer lost');
      await chats.call('saveMessage', id, 'user', 'Once');
      expect(kept.actions).toEqual(['create_chat_session', 'save_session_message', 'save_session_message']);
      expect(await messages()).toBe(1);
    });

    it.each(['2026-11-27T19:00:01.000Z', '1795806001'])(
      'saves a message without an id once, as the pages of the plugin send it: at %s',
      async (timestamp) => {
        const owner = newOwner();
        const fields = { cmid: '1', sesskey: await server.token(owner), session_id: 'chat-1', role: 'user', timestamp };
        const send = (content: string) =>
          foreign.page.evaluate(
            async ([url, body]) => (await fetch(url, { method: 'POST', body: new URLSearchParams(body) })).json(),
            [`${kept.origin}/mod/writeassistdev/ajax.php`, { ...fields, action: 'append_message', content }] as const,
          );
        expect(await send('Before')).toMatchObject({ success: true });
        kept.next('answer lost');
        expect(await send('Once')).toMatchObject({ success: true });
        expect(kept.actions).toHaveLength(3);
        expect(await count(sqlOf(server), 'writeassistdev_chat', 'userid = ?', [owner.userId])).toBe(2);
      },
    );

    it('deletes', async () => {
      const { chats, sessions } = await begin({ proxy: kept });
      const id = await chats.call('createNewChat');
      kept.next('answer lost');
      await chats.call('deleteChat', id);
      expect(await sessions()).toBe(0);
    });
  });

  it('retries after a timeout, and saves once', async () => {
    const { chats, chatsWith, messages } = await begin();
    const id = await chats.call('createNewChat');
    const impatient = await chatsWith({ timeoutMs: 700, attempts: 10 });
    network.next('answer held');
    await impatient.call('saveMessage', id, 'user', 'Once');
    expect(network.actions.filter((action) => action === 'save_session_message').length).toBeGreaterThan(1);
    expect(await messages()).toBe(1);
  });

  it('rejects with the code timeout', async () => {
    const { chats, sessions } = await begin({ timeoutMs: 1500, attempts: 2 });
    network.next('answer held', 'answer held', 'answer held');
    expect(await chats.rejection('listChats')).toMatchObject({ code: 'timeout', status: 0 });
    expect(network.actions).toEqual(['get_chat_sessions', 'get_chat_sessions']);
    expect(await chats.rejection('createNewChat')).toMatchObject({ code: 'timeout', status: 0 });
    expect(network.actions.slice(2)).toEqual(['create_chat_session']);
    expect(await sessions()).toBeLessThanOrEqual(1);
  });

  it.each(['turned away', 'busy'] as const)('waits for Retry-After and saves, if the request is %s', async (fate) => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat');
    network.next(fate);
    await chats.call('saveMessage', id, 'user', 'x');
    const [, first, second] = network.calls;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(990);
    expect(network.calls).toHaveLength(3);
    expect(await messages()).toBe(1);
  });

  it('retries the creation of a chat if the server answered that nothing was changed', async () => {
    const { chats, sessions } = await begin();
    network.next('busy', 'not authenticated', 'out of memory');
    const id = await chats.call('createNewChat');
    expect(await chats.call('listChats')).toMatchObject([{ session_id: id }]);
    expect(await sessions()).toBe(1);
  });

  it('does not retry the creation of a chat if a proxy answered', async () => {
    const { chats } = await begin();
    network.next('turned away');
    expect(await chats.rejection('createNewChat')).toMatchObject({ code: 'unreadable_answer', status: 503 });
    expect(network.actions).toEqual(['create_chat_session']);
  });

  it('shows the chat that was chosen last, also if the messages of an earlier choice arrive later', async () => {
    const { chats } = await begin();
    const first = await chats.call('createNewChat', 'First');
    await chats.call('saveMessage', first, 'user', 'of the first');
    const second = await chats.call('createNewChat', 'Second');
    await chats.call('saveMessage', second, 'user', 'of the second');
    network.next('none', 'answer held');
    const slow = chats.call('switchToChat', first);
    await network.seen('get_session_messages');
    await chats.call('switchToChat', second);
    await network.dropHeld();
    expect(await slow).toMatchObject([{ content: 'of the first' }]);
    expect(await chats.shown()).toEqual([[], [], [{ role: 'user', content: 'of the second' }]]);
  });

  it('rejects with network_error if the server is unreachable', async () => {
    const gone = await Network.before(server.url);
    await gone.stop();
    const chats = await Chats.in(foreign.page, server.url, {
      token: 'x',
      ajaxUrl: `${gone.origin}/mod/writeassistdev/ajax.php`,
    });
    expect(await chats.rejection('listChats')).toMatchObject(unreached);
  });
});
