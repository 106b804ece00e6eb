import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { sessionsPerStep } from '../../../src/sessions/session-list-queries.js';
import { numbers, sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf, itemAt, nextMoment, walkSessions } from '../../support/rest/data.js';
import { plantSessions } from '../../support/rest/many-sessions.js';
import { full } from '../../support/run/full.js';
import { product, rotated } from '../../support/run/sample.js';

const orders = ['activity', 'created', 'title'] as const;
const limits = [1, 2, 3, 7, 30];

describe('lists of sessions', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  const list = async (query = ''): Promise<SessionDto[]> =>
    expectStatus(await client.sessions(`?limit=200&${query}`), 200).data;
  const titles = async (query: string) => (await list(query)).map(({ title }) => title);
  const create = async (...named: string[]) => {
    const ids: string[] = [];
    for (const title of named) {
      ids.push(await client.newSession({ title }));
      await nextMoment();
    }
    return ids;
  };

  describe('in order', () => {
    it('of creation, the newest first, whatever is saved', async () => {
      const ids = await create('a', 'b', 'c');
      await client.save(itemAt(ids, 0), { content: 'x' });
      expect(idsOf(await list('order=created'))).toEqual(ids.toReversed());
      expect(idsOf(await list('order=activity'))).toEqual([itemAt(ids, 0), itemAt(ids, 2), itemAt(ids, 1)]);
      expect(await list('order=activity')).toEqual(await list());
    });

    it('of titles, without regard to case and accents, equal ones as they were created', async () => {
      await create('zebra', 'Ärger', 'apfel', 'Apfel', '東京', 'Éclair', '10', 'zoo', '!');
      const expected = ['!', '10', 'apfel', 'Apfel', 'Ärger', 'Éclair', 'zebra', 'zoo', '東京'];
      expect(await titles('order=title')).toEqual(expected);
    });

    it('of titles after a rename, also of a page of the list', async () => {
      const ids = await create('b', 'c', 'd');
      expectStatus(await client.rename(itemAt(ids, 2), 'a'), 200);
      expect(await titles('order=title')).toEqual(['a', 'b', 'c']);
      const { nextCursor } = expectStatus(await client.sessions('?order=title&limit=1'), 200);
      expectStatus(await client.rename(itemAt(ids, 2), 'e'), 200);
      expect(await titles(`order=title&after=${String(nextCursor)}`)).toEqual(['b', 'c', 'e']);
    });

    it('of the longest titles: their cursors are accepted', async () => {
      await create('ﷺ'.repeat(255), `${'ﷺ'.repeat(254)}x`, '👨'.repeat(255));
      const pages = await walkSessions(client, 'order=title&limit=1');
      expect(pages.flat()).toEqual(await list('order=title'));
    });

    it.each(full(product(orders, limits), rotated(orders, limits)))(
      'of %s is complete and without repetitions in pages of %s',
      async (order, limit) => {
        await Promise.all(
          numbers(30).map((n) => client.createSession({ title: `Title ${n % 4}`, pinned: n % 2 === 0 })),
        );
        expect((await walkSessions(client, `order=${order}&limit=${limit}`)).flat()).toEqual(
          await list(`order=${order}`),
        );
        const pinned = (await walkSessions(client, `order=${order}&limit=${limit}&pinned=true`)).flat();
        expect(pinned).toEqual((await list(`order=${order}`)).filter((session) => session.pinned));
        expect(pinned).toHaveLength(15);
      },
    );

    it.each(orders)('of %s lists each session once while others are created, renamed and deleted', async (order) => {
      const kept = await create(...numbers(12).map((n) => `Title ${n % 5}`));
      const doomed = await create('Title 1', 'Title 3');
      let round = 0;
      for (const filter of ['', '&archived=false&q=title']) {
        const pages = await walkSessions(client, `order=${order}&limit=3${filter}`, async () => {
          if (round++ > 6) return;
          await Promise.all([
            client.createSession({ title: 'Title 0' }),
            client.createSession({ title: 'Title 9' }),
            ...doomed.splice(0, 1).map((id) => client.deleteSession(id)),
          ]);
        });
        const seen = idsOf(pages.flat());
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => kept.includes(id)).sort()).toEqual(kept.toSorted());
      }
    });
  });

  describe('with filters', () => {
    it('pinned and archived: both kinds without one', async () => {
      for (const [pinned, archived] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ]) {
        await client.newSession({ title: `${pinned} ${archived}`, pinned, archived });
      }
      expect((await titles('')).length).toBe(4);
      expect((await titles('pinned=true')).sort()).toEqual(['true false', 'true true']);
      expect((await titles('archived=false')).sort()).toEqual(['false false', 'true false']);
      expect(await titles('pinned=false&archived=true')).toEqual(['false true']);
    });

    it('one name of the metadata with a value', async () => {
      await client.newSession({ title: '1', metadata: { course: 'history', term: '1' } });
      await client.newSession({ title: '2', metadata: { course: 'History', 'x":"y': 'a","course":"history' } });
      await client.newSession({ title: '3', metadata: { term: 'history', ',': ':', a: '' } });
      await client.newSession({ title: '4' });
      const found = (key: string, value: string) =>
        titles(`order=title&metadataKey=${encodeURIComponent(key)}&metadataValue=${encodeURIComponent(value)}`);
      expect(await found('course', 'history')).toEqual(['1']);
      expect(await found('course', 'History')).toEqual(['2']);
      expect(await found('x":"y', 'a","course":"history')).toEqual(['2']);
      expect(await found(',', ':')).toEqual(['3']);
      expect(await found('a', '')).toEqual(['3']);
      for (const [key, value] of [
        ['course', 'histor'],
        ['ourse', 'history'],
        ['term', ''],
        ['x', 'y'],
        ['%', '%'],
        ['term', '1","x'],
      ]) {
        expect([key, await found(String(key), String(value))]).toEqual([key, []]);
      }
    });

    it('all at once, in every order, and of the owner alone', async () => {
      const wanted = { title: 'The Nile', pinned: true, archived: true, metadata: { a: 'b' } };
      const id = await client.newSession(wanted);
      const stranger = await server.client();
      await stranger.newSession({ ...wanted, id });
      for (const change of [{ title: 'Rhine' }, { pinned: false }, { archived: false }, { metadata: { a: 'c' } }]) {
        await client.newSession({ ...wanted, ...change });
      }
      for (const order of orders) {
        const query = `order=${order}&q=nile&pinned=true&archived=true&metadataKey=a&metadataValue=b`;
        expect(idsOf(await list(query))).toEqual([id]);
      }
    });

    it.each(orders)('find few among thousands, in steps, by the order %s', async (order) => {
      await client.newSession({ title: 'X' });
      // On both sides of the borders of steps, and at both ends.
      const count = 2 * sessionsPerStep + 7;
      const places = [0, 1, 6, 7, 8, sessionsPerStep, sessionsPerStep + 6, sessionsPerStep + 7, count - 2, count - 1];
      await plantSessions(server, client.owner, count, (index) => ({
        title: `T ${String(index).padStart(5, '0')}`,
        pinned: places.includes(index) ? 1 : 0,
      }));
      const inOrder = (order === 'title' ? places : places.toReversed()).map((index) => `planted-${index}`);
      expect(idsOf(await list(`order=${order}&pinned=true`))).toEqual(inOrder);
      for (const limit of [1, 4]) {
        const pages = await walkSessions(client, `order=${order}&pinned=true&limit=${limit}`);
        expect(idsOf(pages.flat())).toEqual(inOrder);
      }
      expect(await list(`order=${order}&archived=true`)).toEqual([]);
    });
  });

  describe('with words of titles:', () => {
    let reader: Client;

    beforeAll(async () => {
      reader = await server.client();
      for (const title of ['The Nile', 'Größe', 'naïve réponse', '東京 2026', 'under_score', 'a b c d e f g h i'])
        await reader.newSession({ title });
    });

    it.each([
      ['nil', ['The Nile']],
      ['NILE the', ['The Nile']],
      ['grosse', ['Größe']],
      ['größe', ['Größe']],
      ['naive', ['naïve réponse']],
      ['repo nai', ['naïve réponse']],
      ['京', ['東京 2026']],
      ['東京', ['東京 2026']],
      ['202', ['東京 2026']],
      ['ile', []],
      ['nile rhine', []],
      ["'; --", undefined],
      ['%', undefined],
      ['under_score', ['under_score']],
      ['a b c d e f g h', ['a b c d e f g h i']],
      ['a a a', ['a b c d e f g h i']],
      ['i h g', ['a b c d e f g h i']],
    ])('"%s" find %j', async (q, found) => {
      const answer = await reader.sessions(`?q=${encodeURIComponent(q)}`);
      expect(answer.status).toBe(found ? 200 : 422);
      if (found) expect(answer.body.data.map(({ title }) => title)).toEqual(found);
    });
  });

  it('have titles that an older program has written in their places', async () => {
    await create('b', 'd');
    const created = await create('c', ...numbers(120).map((n) => `e${n + 100}`));
    await sqlOf(server).execute(
      `UPDATE writeassistdev_chat_sessions SET title_folded = NULL, title_source = NULL
       WHERE userid = ? AND title NOT IN ('b', 'd')`,
      [client.owner.userId],
    );
    expect((await titles('order=title')).slice(0, 5)).toEqual(['b', 'c', 'd', 'e100', 'e101']);
    await sqlOf(server).execute('UPDATE writeassistdev_chat_sessions SET title_folded = NULL WHERE session_id = ?', [
      itemAt(created, 0),
    ]);
    expect(await titles('q=c')).toEqual(['c']);
    expect((await walkSessions(client, 'order=title&limit=50')).flat()).toHaveLength(123);
  });
});
