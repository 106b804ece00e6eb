import { setTimeout as pause } from 'node:timers/promises';
import { MultiChatManager, type MultiChatOptions, type Reply } from '../../../client/multi-chat-manager.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { waitUntil } from '../../support/run/wait-until.js';

type Fetched = Parameters<typeof fetch>;

const realFetch = globalThis.fetch;
const lost = () => Promise.reject(new TypeError('fetch failed'));

/** The browser module in this process: what it sends by REST, without a browser's rules. */
describe('the browser module, which uses REST,', () => {
  let server: TestServer;
  let client: Client;
  let chats: MultiChatManager;
  let id: string;
  /** The requests that were sent, as method and path. */
  let sent: string[];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    chats = manager({ token: client.token });
    id = await client.newSession({ title: 'Rivers' });
    sent = [];
    intercept((send) => send());
  });
  afterEach(() => {
    globalThis.fetch = realFetch;
  });
  afterAll(() => server.stop());

  const manager = (more: MultiChatOptions) =>
    new MultiChatManager({
      ...{ ajaxUrl: `${server.url}/mod/writeassistdev/ajax.php`, cmid: 1, retryDelayMs: 1 },
      ...more,
    });
  /** Decides about each request, which `send` sends. */
  const intercept = (fate: (send: () => Promise<Response>, request: string, init: Fetched[1]) => Promise<Response>) => {
    globalThis.fetch = (...given: Fetched) => {
      const [url, init] = given;
      const request = `${init?.method ?? 'GET'} ${(url as string).replace(server.url, '')}`;
      sent.push(request);
      return fate(() => realFetch(...given), request, init);
    };
  };
  const answer = (status: number, body: object) =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'retry-after': '0' } }));
  const session = async () => expectStatus(await client.session(id), 200);

  it('searches, page by page', async () => {
    for (const n of [1, 2, 3]) expectStatus(await client.save(id, { content: `The Nile & ${n}` }), 201);
    const first = await chats.search('nile &', { limit: 2 });
    const { items, next } = await chats.search('nile &', { limit: 2, after: String(first.next) });
    expect([...first.items, ...items].map(({ snippet }) => snippet.text)).toEqual(
      [3, 2, 1].map((n) => `The Nile & ${n}`),
    );
    expect(next).toBeNull();
  });

  it('pins, archives and reads, and lists what is so', async () => {
    expectStatus(await client.save(id, { role: 'assistant', content: 'x' }), 201);
    await client.newSession({ title: 'Other' });
    await chats.pinChat(id);
    await chats.archiveChat(id);
    expect(await session()).toMatchObject({ pinned: true, archived: true, unreadCount: 1 });
    expect((await chats.findChats({ pinned: true, archived: true, order: 'title' })).items).toEqual([await session()]);
    expect((await chats.findChats()).items).toHaveLength(2);
    await chats.markChatRead(id);
    await chats.pinChat(id, false);
    await chats.archiveChat(id, false);
    expect(await session()).toMatchObject({ pinned: false, archived: false, unreadCount: 0 });
  });

  it('rejects with the error of the server', async () => {
    await expect(chats.pinChat('nowhere')).rejects.toMatchObject({ code: 'session_not_found', status: 404 });
    await expect(chats.search('')).rejects.toMatchObject({ name: 'MultiChatError', code: 'validation_failed' });
  });

  it('asks for the trash, restores and purges', async () => {
    const bodies = new Map<string, [number, object]>([
      ['GET /api/v1/sessions?limit=5&state=trash', [200, { data: [], nextCursor: 'c' }]],
      [`POST /api/v1/sessions/${id}/restore`, [200, {}]],
      [`POST /api/v1/sessions/${id}/messages/restore`, [200, {}]],
      [`DELETE /api/v1/sessions/${id}?permanently=true`, [404, { code: 'session_not_found' }]],
    ]);
    intercept((_send, request) => answer(...(bodies.get(request) ?? [500, {}])));
    expect(await chats.listTrash({ limit: 5 })).toEqual({ items: [], next: 'c' });
    await chats.restoreChat(id);
    await chats.restoreMessages(id);
    chats.currentSessionId = id;
    await chats.deleteChatPermanently(id);
    expect(chats.currentSessionId).toBeNull();
    expect(sent).toEqual([...bodies.keys()]);
  });

  it('repeats a request whose answer is lost, unless that would do more', async () => {
    intercept(lost);
    await expect(chats.restoreChat(id)).rejects.toMatchObject({ code: 'network_error' });
    expect(sent).toHaveLength(4);
    await expect(chats.restoreMessages(id)).rejects.toMatchObject({ code: 'network_error' });
    expect(sent).toHaveLength(5);
    await expect(chats.deleteChatPermanently('chat-1')).rejects.toMatchObject({ code: 'network_error' });
    expect(sent).toHaveLength(6);
  });

  it('sends changes in their order, those of the endpoint and those of REST', async () => {
    let failures = 0;
    intercept((send) => (failures++ % 2 === 0 ? lost() : send()));
    const [messageId] = await Promise.all([
      chats.saveMessage(id, 'user', 'x'),
      chats.markChatRead(id),
      chats.renameChat(id, 'Renamed'),
      chats.pinChat(id),
    ]);
    expect(messageId).toBeGreaterThan(0);
    const [form, change] = ['POST /mod/writeassistdev/ajax.php', `PATCH /api/v1/sessions/${id}`];
    expect(sent).toEqual([form, form, change, change, form, form, change, change]);
    expect(await session()).toMatchObject({ title: 'Renamed', pinned: true, messageCount: 1 });
  });

  describe('stores a reply', () => {
    const pieces = ['The ', 'Nile ', 'is \ud83c', '\udf0a ', '\ufeff6,650', ' km', ' long.'];
    const whole = 'The Nile is 🌊 \ufeff6,650 km long.';
    const appending = (reply: Reply, text: string) => () => {
      reply.append(text);
    };
    const write = async (reply: Reply, ms: number) => {
      for (const piece of pieces) {
        reply.append(piece);
        await pause(ms);
      }
    };
    const stored = async ({ id: message }: Reply) => {
      const { content, status, metadata } = expectStatus(await client.message(id, message), 200);
      expect((await session()).messageCount).toBe(1);
      return { content, status, metadata };
    };
    const chunks = () => sent.filter((request) => request.startsWith('PATCH')).length;

    it('in chunks, while it arrives, and ends it with what is left', async () => {
      const reply = await chats.beginReply(id, { chunkMs: 1 });
      const start = performance.now();
      await write(reply, 40);
      // The shortest time between two chunks is 100 ms.
      expect(chunks()).toBeLessThanOrEqual(Math.ceil((performance.now() - start) / 100));
      await waitUntil(() => chunks() > 1);
      const { status, content } = await stored(reply);
      expect([status, content]).toEqual(['in_progress', expect.stringMatching(/^The /)]);
      await reply.end('incomplete', { metadata: { model: 'x' } });
      expect(await stored(reply)).toEqual({ content: whole, status: 'incomplete', metadata: { model: 'x' } });
      expect(appending(reply, 'more')).toThrow('has ended');
    });

    it('with another role and a beginning, at once', async () => {
      const reply = await chats.beginReply(id, { role: 'tool', content: 'é' });
      reply.append('\ude00 \ud83d');
      await reply.end();
      expect(await stored(reply)).toMatchObject({ content: 'é\ufffd \ufffd', status: 'complete' });
    });

    it('once, when each answer is lost at first', async () => {
      let attempts = 0;
      intercept(async (send) => {
        const response = await send();
        return attempts++ % 2 === 0 ? lost() : response;
      });
      const reply = await chats.beginReply(id, { chunkMs: 100 });
      await write(reply, 60);
      await reply.end();
      expect(await stored(reply)).toMatchObject({ content: whole, status: 'complete' });
    });

    it('once, when chunks are not tried again but by the next one, which is longer', async () => {
      chats = manager({ token: client.token, attempts: 1 });
      const reply = await chats.beginReply(id, { chunkMs: 100 });
      let attempts = 0;
      intercept(async (send) => {
        attempts++;
        const response = attempts % 3 === 0 ? undefined : await send();
        return response && attempts % 2 === 0 ? response : lost();
      });
      await write(reply, 110);
      for (let failure: unknown = 'none yet'; failure !== undefined;) {
        failure = await reply.end().catch((error: unknown) => error);
        if (failure) expect(failure).toMatchObject({ code: 'network_error' });
      }
      expect(await stored(reply)).toMatchObject({ content: whole, status: 'complete' });
    });

    it('with one request at a time, whatever arrives meanwhile', async () => {
      let [running, most] = [0, 0];
      intercept(async (send) => {
        most = Math.max(most, ++running);
        await pause(150);
        return send().finally(() => running--);
      });
      const reply = await chats.beginReply(id, { chunkMs: 100 });
      await write(reply, 60);
      await reply.end();
      expect(most).toBe(1);
      expect(await stored(reply)).toMatchObject({ content: whole });
    });

    it('until it is deleted: the next piece and the end are refused', async () => {
      const reply = await chats.beginReply(id);
      expectStatus(await client.clear(id), 204);
      // Pieces are taken until the first chunk is refused.
      await expect(write(reply, 500)).rejects.toThrow('no such message');
      expect(appending(reply, 'y')).toThrow('no such message');
      await expect(reply.end()).rejects.toMatchObject({ code: 'message_not_found', status: 404 });
    });

    it('unless another client has written there', async () => {
      const reply = await chats.beginReply(id);
      intercept(() => answer(409, { code: 'append_conflict', detail: 'another client', contentBytes: 0 }));
      reply.append('x');
      await expect(reply.end()).rejects.toMatchObject({ code: 'append_conflict', status: 409 });
      expect(chunks()).toBe(1);
    });
  });

  describe('gets a token', () => {
    const exchange = 'POST /api/v1/token';
    /** Moodle's own `sesskey`, and a server that gives tokens for it. */
    const withMoodle = (tokenOf: (count: number) => string, expiresIn = 900) => {
      let count = 0;
      chats = manager({ sesskey: '2eswizBaBL' });
      intercept((send, request, init) => {
        if (request !== exchange) return send();
        expect(JSON.parse(init?.body as string)).toEqual({ cmid: 1, sesskey: '2eswizBaBL' });
        return answer(200, { token: tokenOf(count++), tokenType: 'Bearer', expiresIn });
      });
    };
    const exchanges = () => sent.filter((request) => request === exchange).length;

    it('once for its login, for calls at the same time and later ones', async () => {
      withMoodle(() => client.token);
      await Promise.all([chats.findChats(), chats.search('x'), chats.pinChat(id)]);
      await chats.findChats();
      expect(exchanges()).toBe(1);
      expect(sent).toHaveLength(5);
    });

    it('again before it expires, and when the server does not accept it', async () => {
      withMoodle(() => client.token, 0);
      await chats.findChats();
      await chats.findChats();
      expect(exchanges()).toBe(2);
      withMoodle((count) => (count === 0 ? 'old' : client.token));
      await chats.findChats();
      expect(exchanges()).toBe(4);
    });

    it('a second time only: then the call fails', async () => {
      withMoodle(() => 'wrong');
      await expect(chats.findChats()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
      expect(exchanges()).toBe(2);
    });

    it('as often as it needs until Moodle answers, and again after a failure', async () => {
      let down = 2;
      withMoodle(() => client.token);
      const { fetch } = globalThis;
      globalThis.fetch = (...given: Fetched) =>
        down-- > 0 ? answer(503, { code: 'authentication_unavailable' }) : fetch(...given);
      expect((await chats.findChats()).items).toHaveLength(1);
      chats = manager({ sesskey: '2eswizBaBL', attempts: 1 });
      down = 1;
      await expect(chats.findChats()).rejects.toMatchObject({ code: 'authentication_unavailable', status: 503 });
      expect((await chats.findChats()).items).toHaveLength(1);
    });

    it('from the options or the page without an exchange', async () => {
      for (const options of [{ sesskey: client.token }, { token: () => Promise.resolve(client.token) }]) {
        chats = manager(options);
        expect((await chats.findChats()).items).toHaveLength(1);
      }
      let count = 0;
      chats = manager({ token: () => (count++ === 0 ? 'old' : client.token) });
      expect((await chats.findChats()).items).toHaveLength(1);
      expect(exchanges()).toBe(0);
    });
  });

  it.each([
    ['/mod/writeassistdev/ajax.php', '/api/v1'],
    ['/chat-api/mod/researchflow/ajax.php', '/chat-api/api/v1'],
    ['/elsewhere.php?x=1', '/api/v1'],
  ])('calls the server of the endpoint %s at %s', async (path, expected) => {
    intercept(() => answer(200, { data: [], nextCursor: null }));
    await manager({ ajaxUrl: `${server.url}${path}`, token: 'x' }).findChats();
    expect(sent).toEqual([`GET ${expected}/sessions?`]);
    await manager({ apiUrl: `${server.url}/rest`, token: 'x' }).findChats({ limit: 3 });
    expect(sent[1]).toBe('GET /rest/sessions?limit=3');
  });
});
