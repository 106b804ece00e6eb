import type { SearchHitDto } from '../../../src/search/search.dto.js';
import { sqlOf } from '../../support/database/access.js';
import { TestServer, newOwner } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { isoTime, itemAt, nextMoment, saveAll, walkSearch } from '../../support/rest/data.js';
import { wrongField, wrongFields } from '../../support/rest/problems.js';
import { searchCases } from '../../support/rest/search-cases.js';

describe('search', () => {
  let server: TestServer;
  let client: Client;
  let session: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession({ title: 'About it' });
  });
  afterAll(() => server.stop());

  const find = async (q: string, query = '') => expectStatus(await client.search(q, query), 200).data;
  const sequences = (hits: SearchHitDto[]) => hits.map(({ sequence }) => sequence);
  const shown = ({ snippet: { text, matches } }: SearchHitDto) =>
    matches.map(({ start, end }) => text.slice(start, end));
  /** Contents that are not folded: of an older program, an import or a copy. */
  const unfold = () => sqlOf(server).execute('UPDATE writeassistdev_chat SET folded = NULL', []);
  const unfolded = async (rows = "content <> ''") => {
    const sql = `SELECT id FROM writeassistdev_chat WHERE userid = ? AND folded IS NULL AND ${rows}`;
    return (await sqlOf(server).query(sql, [client.owner.userId])).length;
  };

  describe.each(searchCases)('finds $name', ({ texts, finds }) => {
    const queries = Object.entries(finds);
    beforeEach(() => client.rename(session, '…'));

    it('in messages, folded or not', async () => {
      await saveAll(
        client,
        session,
        texts.map((content) => ({ content })),
      );
      for (const prepare of [() => Promise.resolve(), unfold, () => Promise.resolve()]) {
        await prepare();
        for (const [query, expected] of queries) {
          const hits = await find(query);
          const found = sequences(hits).map((sequence) => Number(sequence) - 1);
          expect([query, found.reverse()]).toEqual([query, expected]);
          for (const hit of hits) expect(shown(hit)).not.toEqual([]);
        }
      }
    });

    it('in titles', async () => {
      const titles = texts.filter((text) => !text.includes('\n'));
      for (const title of titles) await client.newSession({ title });
      for (const [query, expected] of queries) {
        const hits = await find(query);
        const wanted = expected.map((index) => itemAt(texts, index)).filter((text) => titles.includes(text));
        expect([query, hits.map(({ sessionTitle }) => sessionTitle).sort()]).toEqual([query, wanted.sort()]);
        for (const hit of hits) expect(shown(hit)).not.toEqual([]);
      }
    });
  });

  it('answers with the session, the message and the part of it that matches', async () => {
    await saveAll(client, session, [{ content: 'no' }, { content: 'How long is the Nile?', role: 'assistant' }]);
    const [, saved] = expectStatus(await client.messages(session), 200).data;
    expect(expectStatus(await client.search('nile LONG'), 200)).toEqual({
      data: [
        {
          sessionId: session,
          sessionTitle: 'About it',
          messageId: saved?.id,
          role: 'assistant',
          sequence: 2,
          timestamp: saved?.timestamp,
          snippet: {
            text: 'How long is the Nile?',
            matches: [
              { start: 4, end: 8 },
              { start: 16, end: 20 },
            ],
          },
        },
      ],
      nextCursor: null,
    });
  });

  it('answers with null for the message of a title, and the time when its session was made', async () => {
    const { createdAt } = expectStatus(await client.session(session), 200);
    expect(await find('about')).toEqual([
      {
        sessionId: session,
        sessionTitle: 'About it',
        messageId: null,
        role: null,
        sequence: null,
        timestamp: createdAt,
        snippet: { text: 'About it', matches: [{ start: 0, end: 5 }] },
      },
    ]);
  });

  it('finds a message with the next request after it is saved, and not after it is cleared or deleted', async () => {
    const { id } = expectStatus(await client.save(session, { content: 'ephemeral' }), 201);
    expect((await find('ephemeral')).map(({ messageId }) => messageId)).toEqual([id]);
    expectStatus(await client.clear(session), 204);
    expect(await find('ephemeral')).toEqual([]);
    await saveAll(client, session, [{ content: 'ephemeral' }]);
    expect(sequences(await find('ephemeral'))).toEqual([2]);
    expectStatus(await client.deleteSession(session), 204);
    expect([await find('ephemeral'), await find('about')]).toEqual([[], []]);
  });

  it('finds the new title after a change, and not the old one', async () => {
    expectStatus(await client.rename(session, 'Quite another'), 200);
    expect([(await find('quite')).length, (await find('about')).length]).toEqual([1, 0]);
  });

  it('lists messages by their place in the history, and titles where their sessions were made', async () => {
    await nextMoment();
    await saveAll(client, session, [
      { content: 'about 1', timestamp: isoTime(1_700_000_000_000) },
      { content: 'about 2' },
    ]);
    await nextMoment();
    await client.newSession({ title: 'About more' });
    await nextMoment();
    await saveAll(client, session, [{ content: 'about 3' }]);
    const order = (await find('about')).map(({ sequence, sessionTitle }) => sequence ?? sessionTitle);
    expect(order).toEqual([3, 'About more', 2, 'About it', 1]);
  });

  it.each([1, 2, 3, 5])('gives every hit once in pages of %i while others are saved', async (limit) => {
    const contents = Array.from({ length: 11 }, (_, index) => ({ content: index % 3 === 2 ? 'other' : 'about' }));
    await saveAll(client, session, contents);
    for (let made = 0; made < 4; made++) await client.newSession({ title: 'About this' });
    await saveAll(client, session, contents);
    const before = (await walkSearch(client, 'about', '&limit=50')).flat();
    expect(before).toHaveLength(21);
    const pages = await walkSearch(client, 'about', `&limit=${limit}`, async () => {
      await saveAll(client, session, [{ content: 'about' }]);
      await client.newSession({ title: 'About later' });
    });
    expect(pages.flat()).toEqual(before);
    expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
  });

  it('continues after a hit that was deleted', async () => {
    const second = await client.newSession({ title: 'Second' });
    await saveAll(client, session, [{ content: 'nile 1' }, { content: 'nile 2' }]);
    await saveAll(client, second, [{ content: 'nile 3' }]);
    const { data, nextCursor } = expectStatus(await client.search('nile', '&limit=1'), 200);
    expect(data.map(({ sessionId }) => sessionId)).toEqual([second]);
    expectStatus(await client.deleteSession(second), 204);
    expect(sequences(await find('nile', `&after=${String(nextCursor)}`))).toEqual([2, 1]);
  });

  it('finds nothing of other owners', async () => {
    await saveAll(client, session, [{ content: 'secret nile' }]);
    const { userId, activityId } = client.owner;
    for (const owner of [
      newOwner(),
      { userId, activityId: activityId + 1 },
      { userId: activityId, activityId: userId },
    ]) {
      const other = await server.client(owner);
      for (const query of ['secret', 'about']) {
        expect(expectStatus(await other.search(query), 200)).toEqual({ data: [], nextCursor: null });
      }
    }
  });

  it('folds contents that are not folded once, also large ones', async () => {
    const large = `${'long '.repeat(50_000)}nile`;
    await saveAll(client, session, [{ content: 'nile' }, { content: large }, { content: 'other' }]);
    expect(await unfolded()).toBe(1);
    await unfold();
    for (let time = 0; time < 2; time++) expect(sequences(await find('nile'))).toEqual([2, 1]);
    expect(await unfolded()).toBe(0);
    const [hit] = await find('nile long');
    expect(hit?.snippet.text.length).toBeLessThanOrEqual(200);
    expect(hit && shown(hit)).toContain('nile');
    expect(await find('missing')).toEqual([]);
  });

  it('finds more messages than one statement returns, folded or not', async () => {
    const contents = Array.from({ length: 450 }, (_, index) => ({ content: `river ${index}` }));
    await saveAll(client, session, contents);
    const all = contents.map((_, index) => index + 1).reverse();
    for (const prepare of [() => Promise.resolve(), unfold]) {
      await prepare();
      expect(sequences((await walkSearch(client, 'river', '&limit=50')).flat())).toEqual(all);
      await prepare();
      expect(sequences(await find('river 7'))).toEqual(
        [...all.filter((one) => String(one - 1).startsWith('7'))].slice(0, 20),
      );
      await prepare();
      expect(await find('nothing')).toEqual([]);
    }
  });

  it('never gives half of a character', async () => {
    await saveAll(client, session, [{ content: `${'👨‍👩‍👧‍👦'.repeat(40)}nile${'e\u0301'.repeat(200)}` }]);
    const [hit] = await find('nile');
    expect(hit?.snippet.text).toMatch(/^(👨‍👩‍👧‍👦)+nile(e\u0301)+$/u);
    expect(hit && shown(hit)).toEqual(['nile']);
  });

  describe('refuses', () => {
    it.each([
      ['nothing', ''],
      ['only signs', '?!"" %'],
      ['NUL', 'nile\0'],
      ['more than 200 characters', 'a'.repeat(201)],
      ['more than ten words', 'a b c d e f g h i j k'],
    ])('%s', async (_, q) => {
      expect(wrongFields(await client.search(q))).toEqual(['/q']);
    });

    it.each([
      ['', '/q'],
      ['?q=a&q=b', '/q'],
      ['?q=a&limit=51', '/limit'],
      ['?q=a&limit=0', '/limit'],
      ['?q=a&after=x', '/after'],
      ['?q=a&session=x', '/session'],
    ])('%s', async (query, pointer) => {
      expect(wrongField(await client.call('GET', `/api/v1/search${query}`)).pointer).toBe(pointer);
    });

    it('a cursor of another list', async () => {
      await client.newSession();
      const { nextCursor } = expectStatus(await client.sessions('?limit=1'), 200);
      expect(wrongField(await client.search('a', `&after=${String(nextCursor)}`)).pointer).toBe('/after');
    });
  });
});
