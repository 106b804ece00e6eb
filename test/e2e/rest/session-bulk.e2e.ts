import type { BulkResultsDto } from '../../../src/sessions/session-bulk.dto.js';
import { numbers } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf } from '../../support/rest/data.js';
import { refusal, wrongField, wrongFields } from '../../support/rest/problems.js';

describe('one operation on many sessions', () => {
  let server: TestServer;
  let client: Client;
  let ids: string[];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    ids = await Promise.all(numbers(4).map((n) => client.newSession({ title: `${n}` })));
  });
  afterAll(() => server.stop());

  const send = (body: unknown, by = client) => by.call<BulkResultsDto>('POST', '/api/v1/sessions/bulk', body);
  const run = async (operation: string, of: string[]) => expectStatus(await send({ operation, ids: of }), 200).results;
  const flags = async (of: string[]) => {
    const found = await Promise.all(of.map(async (id) => expectStatus(await client.session(id), 200)));
    return found.map(({ pinned, archived, version }) => ({ pinned, archived, version }));
  };
  const missing = (id: string) => ({ id, status: 404, code: 'session_not_found' });

  it('archives and unarchives, pins and unpins: each as the same change alone', async () => {
    const some = ids.slice(0, 3);
    for (const [operation, expected] of [
      ['archive', { archived: true, pinned: false, version: 2 }],
      ['pin', { archived: true, pinned: true, version: 3 }],
      ['unarchive', { archived: false, pinned: true, version: 4 }],
      ['unpin', { archived: false, pinned: false, version: 5 }],
    ] as const) {
      const results = some.map((id) => ({ id, status: 200 }));
      expect(await run(operation, some)).toEqual(results);
      expect(await flags(ids)).toEqual([expected, expected, expected, { archived: false, pinned: false, version: 1 }]);
      expect(await run(operation, some)).toEqual(results);
      expect((await flags(some))[0]).toEqual(expected);
    }
  });

  it('deletes, with the messages and the pointer to the active session', async () => {
    const [first = '', ...others] = ids;
    await client.save(first, { content: 'x' });
    await client.activate(first);
    expect(await run('delete', [first, 'nowhere'])).toEqual([{ id: first, status: 204 }, missing('nowhere')]);
    refusal(await client.active(), 404, 'no_active_session');
    refusal(await client.messages(first), 404, 'session_not_found');
    expect(idsOf(expectStatus(await client.sessions(), 200).data).sort()).toEqual(others.toSorted());
    expect(await run('delete', [first])).toEqual([missing(first)]);
  });

  it('has an answer for each id, in their order, and equal ones for equal ids', async () => {
    const [first = '', second = ''] = ids;
    expect(await run('pin', [second, 'nowhere', first, second, 'nowhere'])).toEqual([
      { id: second, status: 200 },
      missing('nowhere'),
      { id: first, status: 200 },
      { id: second, status: 200 },
      missing('nowhere'),
    ]);
    expect(await run('delete', [first, first])).toEqual([
      { id: first, status: 204 },
      { id: first, status: 204 },
    ]);
  });

  it('does not find what no id can be', async () => {
    const odd = ['', ' ', 'active', `${ids[0]} `, 'ä', '\0', "' OR 1=1", 'x'.repeat(50)];
    expect(await run('delete', odd)).toEqual(odd.map(missing));
    expect(expectStatus(await client.sessions(), 200).data).toHaveLength(4);
  });

  it('does not find sessions of others', async () => {
    const stranger = await server.client();
    const before = await client.sessions();
    for (const operation of ['delete', 'archive', 'pin']) {
      expect(expectStatus(await send({ operation, ids }, stranger), 200).results).toEqual(ids.map(missing));
    }
    expect((await client.sessions()).text).toBe(before.text);
  });

  it('takes up to 100 ids', async () => {
    const many = await Promise.all(numbers(96).map(() => client.newSession()));
    const results = await run('archive', [...ids, ...many]);
    expect(results.map(({ status }) => status)).toEqual(Array<number>(100).fill(200));
    expect(expectStatus(await client.sessions('?archived=false'), 200).data).toEqual([]);
  });

  it.each<[unknown, string, string]>([
    [[], '/ids', 'must have 1 to 100 ids'],
    [Array<string>(101).fill('x'), '/ids', 'must have 1 to 100 ids'],
    [['x', 1], '/ids', 'id 2 must be a string of at most 50 characters'],
    [['x', 'x', null], '/ids', 'id 3 must be a string of at most 50 characters'],
    [[['x']], '/ids', 'id 1 must be a string of at most 50 characters'],
    [['x'.repeat(51)], '/ids', 'id 1 must be a string of at most 50 characters'],
    ['x', '/ids', 'must be a list'],
    [null, '/ids', 'must be a list'],
    [{ length: 1, 0: 'x' }, '/ids', 'must be a list'],
  ])('with the ids %.60j is refused, and nothing is changed', async (wrong, pointer, detail) => {
    const before = await client.sessions();
    expect(wrongField(await send({ operation: 'delete', ids: wrong }))).toEqual({ pointer, detail });
    expect((await client.sessions()).text).toBe(before.text);
  });

  it.each(['Delete', '', 'clear', 'constructor', null, 1])('with the operation %j is refused', async (operation) => {
    const detail = 'must be one of delete, archive, unarchive, pin, unpin, read';
    expect(wrongField(await send({ operation, ids }))).toEqual({ pointer: '/operation', detail });
  });

  it('names all fields that are missing', async () => {
    expect(wrongFields(await send({}))).toEqual(['/ids', '/operation']);
    expect(wrongFields(await send(undefined))).toEqual(['/ids', '/operation']);
  });

  it('of several at once has all done, in whichever order they name the sessions', async () => {
    const answers = await Promise.all([
      send({ operation: 'pin', ids }),
      send({ operation: 'archive', ids: ids.toReversed() }),
      send({ operation: 'pin', ids: ids.toReversed() }),
      ...ids.map((id) => client.save(id, { content: 'x' })),
      client.newSession(),
    ]);
    for (const answer of answers.slice(0, 3)) expect(answer).toMatchObject({ status: 200 });
    const expected = { pinned: true, archived: true, version: 3 };
    expect(await flags(ids)).toEqual(ids.map(() => expected));
  });

  it('of several deletions at once has each session deleted once', async () => {
    const answers = await Promise.all([ids, ids.toReversed(), ids].map((of) => send({ operation: 'delete', ids: of })));
    const results = answers.flatMap((answer) => expectStatus(answer, 200).results);
    for (const id of ids) {
      const statuses = results.filter((result) => result.id === id).map(({ status }) => status);
      expect(statuses.sort()).toEqual([204, 404, 404]);
    }
  });
});
