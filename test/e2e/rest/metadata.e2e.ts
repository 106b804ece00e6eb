import { numbers } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt } from '../../support/rest/data.js';
import { refusal, wrongField } from '../../support/rest/problems.js';

describe('metadata of a session', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession({ metadata: { course: 'history' } });
  });
  afterAll(() => server.stop());

  const stored = async () => expectStatus(await client.session(id), 200).metadata;
  const sendRaw = (raw: string) => client.call('PATCH', `/api/v1/sessions/${id}`, undefined, { raw });

  it.each([
    ['whole', { term: '1' }, { term: '1' }],
    ['by nothing with null', null, {}],
    ['by nothing with an empty object', {}, {}],
  ])('is replaced %s', async (_, metadata, expected) => {
    expect(expectStatus(await client.changeSession(id, { metadata }), 200)).toMatchObject({
      metadata: expected,
      version: 2,
    });
    expect(await stored()).toEqual(expected);
  });

  it('in another order is the same: nothing changes', async () => {
    const { version } = expectStatus(await client.changeSession(id, { metadata: { a: '1', b: '2' } }), 200);
    expect(expectStatus(await client.changeSession(id, { metadata: { b: '2', a: '1' } }), 200).version).toBe(version);
  });

  it.each([
    ['quotes and separators', { '"': '"', ',': ':', '{': '}', '\\': '\\"' }],
    ['white space', { ' ': ' ', 'a b': '\t\n\r', '  ': '' }],
    ['other scripts', { 名: '値', é: 'e\u0301', '👨‍👩‍👧': '👍🏽', '\u2028': '\u2029' }],
    ['names of JavaScript', JSON.parse('{"__proto__":"a","constructor":"b","toString":"c","1":"d"}') as object],
    ['names that differ in case and spaces', { a: '1', A: '2', 'a ': '3', ä: '4' }],
    [
      'the most of the longest',
      Object.fromEntries(numbers(16).map((n) => [`${n}`.padEnd(63, 'x') + '👨', '👨'.repeat(512)])),
    ],
  ])('with %s comes back as it is', async (_, metadata) => {
    const { body } = await client.changeSession(id, { metadata });
    expect(body.metadata).toEqual(metadata);
    expect(Object.keys(body.metadata).sort()).toEqual(Object.keys(metadata).sort());
    expect(await stored()).toEqual(metadata);
    const listed = expectStatus(await client.sessions(), 200).data;
    expect(itemAt(listed, 0).metadata).toEqual(metadata);
    for (const [key, value] of Object.entries(metadata) as [string, string][]) {
      const query = `?metadataKey=${encodeURIComponent(key)}&metadataValue=${encodeURIComponent(value)}`;
      expect([key, expectStatus(await client.sessions(query), 200).data]).toEqual([key, listed]);
    }
  });

  const of = (count: number) => Object.fromEntries(numbers(count).map((n) => [`name ${n}`, 'x']));
  it.each<[string, unknown, string]>([
    ['a text', 'x', 'must be an object'],
    ['a number', 1, 'must be an object'],
    ['a list', ['x'], 'must be an object'],
    ['17 names', of(17), 'must have at most 16 names'],
    ['an empty name', { a: 'x', '': 'x' }, 'name 2 must not be empty'],
    ['a long name', { ['x'.repeat(65)]: 'x' }, 'name 1 must be at most 64 characters'],
    ['a name with a line break', { 'a\nb': 'x' }, 'name 1 must not have control characters'],
    ['a number as a value', { a: 'x', b: 1 }, 'value 2 must be a string'],
    ['null as a value', { a: null }, 'value 1 must be a string'],
    ['an object as a value', { a: {} }, 'value 1 must be a string'],
    ['a long value', { a: 'x'.repeat(513) }, 'value 1 must be at most 512 characters'],
    ['U+0000', { a: '\0' }, 'value 1 must not have control characters'],
    ['half of a surrogate pair', { a: '\ud800' }, 'value 1 must not have half of a surrogate pair'],
    ['more than metadata can be', { a: 'x'.repeat(200_000) }, 'must be shorter'],
  ])('of %s is refused, and nothing is changed', async (_, metadata, detail) => {
    const before = await client.sessions();
    expect(wrongField(await client.changeSession(id, { metadata, pinned: true }))).toEqual({
      pointer: '/metadata',
      detail,
    });
    expect(wrongField(await client.createSession({ metadata }))).toEqual({ pointer: '/metadata', detail });
    expect((await client.sessions()).text).toBe(before.text);
  });

  it('is not null in a new session', async () => {
    expect(wrongField(await client.createSession({ metadata: null })).pointer).toBe('/metadata');
  });

  it.each(['{"a":"1","a":"1"}', '{"a":"1","\\u0061":"2"}', '{"a":"1","b":"1","a":"1"}'])(
    'with a name twice (%s) is refused',
    async (json) => {
      const detail = 'must not have a name twice';
      expect(wrongField(await sendRaw(`{"metadata":${json}}`))).toEqual({ pointer: '/metadata', detail });
      expect(await stored()).toEqual({ course: 'history' });
    },
  );

  it('is refused twice in a body, or when it is no JSON', async () => {
    refusal(await sendRaw('{"metadata":{},"metadata":{"a":"b"}}'), 400, 'repeated_field');
    refusal(await sendRaw('{"metadata":{"a":}}'), 400, 'malformed_json');
    expect(await stored()).toEqual({ course: 'history' });
  });

  it('of the last of many changes at once is stored whole', async () => {
    const sent = numbers(8).map((n) => ({ a: `${n}`, [`b${n}`]: `${n}` }));
    const answers = await Promise.all(sent.map((metadata) => client.changeSession(id, { metadata })));
    expect(answers.map(({ body }) => body.metadata)).toEqual(sent);
    expect(answers.map(({ body }) => body.version).sort()).toEqual(numbers(8).map((n) => n + 2));
    const last = answers.find(({ body }) => body.version === 9);
    expect(await stored()).toEqual(last?.body.metadata);
  });
});
