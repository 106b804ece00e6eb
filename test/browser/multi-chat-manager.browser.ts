import { isLive } from '../../src/sessions/live-message-rules.js';
import { Chats, type ChatsOptions } from '../support/browser/chats.js';
import { ForeignPage } from '../support/browser/browser.js';
import { sqlOf } from '../support/database/access.js';
import { delicateTexts } from '../support/rest/tricky-texts.js';
import { newOwner, TestServer } from '../support/http/server.js';

const sessionRows = `SELECT session_id, title, message_count FROM writeassistdev_chat_sessions
  WHERE userid = ? AND deleted_at IS NULL`;
const messageRows = `SELECT id, role, content, timestamp FROM writeassistdev_chat
  WHERE userid = ? AND ${isLive()} ORDER BY sequence`;
const activeRow = 'SELECT active_session_id AS active FROM writeassistdev_chat_owners WHERE userid = ?';

interface SessionRow {
  session_id: string;
  title: string;
  message_count: number;
}
interface MessageRow {
  id: number;
  role: string;
  content: string;
  timestamp: number;
}

describe('the browser module in a page of an allowed origin', () => {
  let foreign: ForeignPage;
  let server: TestServer;

  beforeAll(async () => {
    foreign = await ForeignPage.open();
    server = await TestServer.start({ ALLOWED_ORIGINS: `https://elsewhere.example.org,${foreign.origin}` });
  });
  afterAll(async () => {
    await foreign.close();
    await server.stop();
  });

  /** Chats of a new owner, and what is stored for it. */
  async function begin(more: ChatsOptions = {}) {
    const owner = newOwner();
    const token = await server.token(owner);
    const chats = await Chats.in(foreign.page, server.url, { sesskey: token, ...more });
    const sql = sqlOf(server);
    return {
      chats,
      token,
      sessions: () => sql.query<SessionRow>(sessionRows, [owner.userId]),
      messages: () => sql.query<MessageRow>(messageRows, [owner.userId]),
      active: async () => (await sql.queryOne<{ active: string | null }>(activeRow, [owner.userId]))?.active,
    };
  }

  it('creates a chat, activates it, and displays it empty', async () => {
    const { chats, sessions, active } = await begin();
    expect(await chats.currentSessionId()).toBeNull();
    const id = await chats.call('createNewChat', 'Flüsse & Seen <b>1</b>');
    expect(await sessions()).toEqual([{ session_id: id, title: 'Flüsse & Seen 1', message_count: 0 }]);
    expect(await active()).toBe(id);
    expect(await chats.currentSessionId()).toBe(id);
    expect(await chats.shown()).toEqual([[]]);
  });

  it('creates a chat with the default title', async () => {
    const { chats, sessions } = await begin();
    await chats.call('createNewChat');
    expect(await sessions()).toMatchObject([{ title: 'New Chat' }]);
  });

  it('saves messages with a timestamp, and returns their ids', async () => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat');
    const before = Date.now();
    const first = await chats.call('saveMessage', id, 'user', 'How long is the Nile?');
    const timestamp = Date.UTC(2024, 1, 29, 12, 0, 0, 125);
    const second = await chats.call('saveMessage', id, 'assistant', '6,650 km', { timestamp: new Date(timestamp) });
    const rows = await messages();
    expect(rows).toMatchObject([
      { id: first, role: 'user', content: 'How long is the Nile?' },
      { id: second, role: 'assistant', content: '6,650 km', timestamp },
    ]);
    expect(rows[0]?.timestamp).toBeGreaterThanOrEqual(before);
    expect(rows[0]?.timestamp).toBeLessThanOrEqual(Date.now());
  });

  it('switches to a chat, activates it, and displays its messages in order', async () => {
    const { chats, active } = await begin();
    const first = await chats.call('createNewChat', 'First');
    await chats.call('saveMessage', first, 'user', 'later', { timestamp: 1_700_000_002 });
    await chats.call('saveMessage', first, 'system', 'earlier', { timestamp: 1_700_000_001 });
    const second = await chats.call('createNewChat', 'Second');
    expect(await active()).toBe(second);
    const messages = await chats.call('switchToChat', first);
    expect(await active()).toBe(first);
    expect(await chats.currentSessionId()).toBe(first);
    const expected = [
      { role: 'system', content: 'earlier' },
      { role: 'user', content: 'later' },
    ];
    expect(messages).toMatchObject(expected);
    expect(await chats.shown()).toEqual([[], [], expected]);
  });

  it('loads all messages, or a page next to one, without displaying them', async () => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat');
    for (const content of ['a', 'b', 'c']) await chats.call('saveMessage', id, 'user', content);
    const loaded = await chats.call('loadSessionMessages', id);
    expect(loaded.map((row) => [row.id, row.content])).toEqual((await messages()).map((row) => [row.id, row.content]));
    const [newest] = (await chats.call('loadSessionMessages', id, { limit: 1 })).slice(-1);
    expect(newest?.content).toBe('c');
    const page = await chats.call('loadSessionPage', id, { limit: 1, before: newest?.id ?? 0 });
    expect(page).toMatchObject({ messages: [{ content: 'b' }], hasMore: true });
    const rest = await chats.call('loadSessionPage', id, { after: page.messages[0]?.id ?? 0 });
    expect(rest).toMatchObject({ messages: [{ content: 'c' }], hasMore: false });
    expect(await chats.shown()).toEqual([[]]);
  });

  it('lists the chats, newest first', async () => {
    const { chats } = await begin();
    const first = await chats.call('createNewChat', 'First');
    const second = await chats.call('createNewChat', 'Second');
    await chats.call('saveMessage', first, 'user', 'x');
    expect(await chats.call('listChats')).toMatchObject([
      { session_id: second, title: 'Second', is_active: 1, message_count: 0 },
      { session_id: first, title: 'First', is_active: 0, message_count: 1 },
    ]);
    expect(await chats.call('listChats', { limit: 1 })).toMatchObject([{ session_id: second }]);
  });

  it('renames a chat', async () => {
    const { chats, sessions } = await begin();
    const id = await chats.call('createNewChat', 'Before');
    await chats.call('renameChat', id, 'Afterwards +&=% 😀');
    expect(await sessions()).toMatchObject([{ session_id: id, title: 'Afterwards +&=% 😀' }]);
  });

  it('clears a chat without deleting it', async () => {
    const { chats, sessions, messages } = await begin();
    const id = await chats.call('createNewChat');
    await chats.call('saveMessage', id, 'user', 'x');
    await chats.call('clearChat', id);
    expect(await messages()).toEqual([]);
    expect(await sessions()).toMatchObject([{ session_id: id, message_count: 0 }]);
  });

  it('deletes a chat with its messages, and no other', async () => {
    const { chats, sessions, messages } = await begin();
    const kept = await chats.call('createNewChat', 'Kept');
    await chats.call('saveMessage', kept, 'user', 'kept');
    const gone = await chats.call('createNewChat', 'Gone');
    await chats.call('saveMessage', gone, 'user', 'gone');
    await chats.call('deleteChat', gone);
    expect(await sessions()).toMatchObject([{ session_id: kept }]);
    expect(await messages()).toMatchObject([{ content: 'kept' }]);
    expect(await chats.currentSessionId()).toBeNull();
  });

  it('does not change texts', async () => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat');
    const texts = [...delicateTexts.map(([, text]) => text), 'one\ntwo\n', 'a+b&c=d%20%0A%zz#?;', 'x'.repeat(100_000)];
    for (const text of texts) await chats.call('saveMessage', id, 'user', text);
    expect((await messages()).map(({ content }) => content)).toEqual(texts);
    expect((await chats.call('loadSessionMessages', id)).map(({ content }) => content)).toEqual(texts);
  });

  it('searches, pins, archives, and stores a reply while it arrives', async () => {
    const { chats, messages } = await begin();
    const id = await chats.call('createNewChat', 'Rivers');
    await chats.call('saveMessage', id, 'user', 'How long is the Nile?');
    await chats.stream(id, ['It is ', '6,650 km \ud83c', '\udf0a long.']);
    expect((await messages()).map(({ content }) => content)).toEqual([
      'How long is the Nile?',
      'It is 6,650 km 🌊 long.',
    ]);
    expect((await chats.call('search', 'nile')).items).toMatchObject([{ sessionId: id, sessionTitle: 'Rivers' }]);
    await chats.call('pinChat', id);
    await chats.call('archiveChat', id);
    expect((await chats.call('findChats', { pinned: true, archived: true })).items).toMatchObject([
      { id, preview: { text: 'It is 6,650 km 🌊 long.', role: 'assistant' }, unreadCount: 1 },
    ]);
    expect(await chats.rejection('pinChat', 'nowhere')).toMatchObject({ code: 'session_not_found', status: 404 });
  });

  it('loses and duplicates nothing in two tabs at once', async () => {
    const { chats, token, messages } = await begin();
    const tab = await foreign.newTab();
    const others = await Chats.in(tab, server.url, { sesskey: token });
    const id = await chats.call('createNewChat', 'In both');
    expect(await others.call('listChats')).toMatchObject([{ session_id: id }]);
    const contents = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    const ids = await Promise.all(
      contents.map((content, index) => (index % 2 ? chats : others).call('saveMessage', id, 'user', content)),
    );
    const named = { clientMessageId: 'the-same-in-both', timestamp: 1_700_000_000 };
    const twice = await Promise.all([chats, others].map((tabs) => tabs.call('saveMessage', id, 'user', 'once', named)));
    expect(twice[0]).toBe(twice[1]);
    const rows = await messages();
    expect(rows.map(({ content }) => content).sort()).toEqual([...contents, 'once'].sort());
    expect(new Set([...ids, twice[0]])).toEqual(new Set(rows.map((row) => row.id)));
    await others.call('deleteChat', id);
    expect(await chats.rejection('switchToChat', id)).toMatchObject({ code: 'session_not_found' });
    await tab.close();
  });
});
