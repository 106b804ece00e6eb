import type { ProblemDto } from '../../../src/http/problem.dto.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { refusal, wrongField, wrongFields } from '../../support/rest/problems.js';
import { full } from '../../support/run/full.js';
import { product, rotated } from '../../support/run/sample.js';
import { TestServer } from '../../support/http/server.js';

describe('fields and parameters', () => {
  let server: TestServer;
  let client: Client;
  let id: string;
  let before: string;

  const everything = async () => (await client.sessions()).text + (await client.messages(id)).text;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    id = await client.newSession({ title: 'Before' });
    expectStatus(await client.save(id, { content: 'before' }), 201);
  });
  beforeEach(async () => {
    before = await everything();
  });
  // A rejected request writes nothing.
  afterEach(async () => {
    expect(await everything()).toBe(before);
  });
  afterAll(() => server.stop());

  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const message = { role: 'user', content: 'x' };
  const operations: Record<string, { good: object; send: (body: unknown) => Promise<Answer<ProblemDto>> }> = {
    'create a session': { good: { title: 'x' }, send: (body) => client.call('POST', '/api/v1/sessions', body) },
    'rename a session': { good: { title: 'x' }, send: (body) => client.call('PATCH', `/api/v1/sessions/${id}`, body) },
    'save a message': {
      good: message,
      send: (body) => client.call('POST', `/api/v1/sessions/${id}/messages`, body),
    },
    'save a message to the active session': {
      good: message,
      send: (body) => client.call('POST', '/api/v1/messages', body),
    },
  };
  const send = (operation: string, fields: object) => {
    const { good, send: sendBody } = operations[operation] ?? { good: {} };
    if (!sendBody) throw new Error(`no operation ${operation}`);
    return sendBody({ ...good, ...fields });
  };
  const fieldsOf: [string, string][] = [
    ['create a session', 'title'],
    ['create a session', 'id'],
    ['create a session', 'activate'],
    ['rename a session', 'title'],
    ...['create a session', 'rename a session'].flatMap((operation) =>
      ['titleSource', 'pinned', 'archived'].map((field): [string, string] => [operation, field]),
    ),
    ...['save a message', 'save a message to the active session'].flatMap((operation) =>
      ['role', 'content', 'timestamp', 'clientMessageId'].map((field): [string, string] => [operation, field]),
    ),
    ['save a message to the active session', 'sessionId'],
  ];

  const flags = ['activate', 'pinned', 'archived'];
  const kind: Record<string, string> = {
    ...Object.fromEntries(flags.map((name) => [name, 'must be true or false'])),
    titleSource: 'must be one of generated, user',
    role: 'must be one of user, assistant, system, tool, developer',
  };
  const otherTypes: [string, unknown][] = [
    ['null', null],
    ['0', 0],
    ['1', 1],
    ['a fraction', -1.5],
    ['a number beyond 2^53', 2 ** 60],
  ];
  const notSingle: [string, unknown][] = [
    ['a list', []],
    ['a list of a good value', ['user']],
    ['an object', {}],
    ['an object that has a length', { length: 3 }],
    ['an object that has a text', { toString: 'user', valueOf: 'user' }],
  ];

  it.each(full(product(fieldsOf, otherTypes), rotated(fieldsOf, otherTypes)))(
    'the field %j must not be %j, which has another type',
    async ([operation, field], [, value]) => {
      const detail = kind[field] ?? 'must be a string';
      expect(wrongField(await send(operation, { [field]: value }))).toEqual({ pointer: `/${field}`, detail });
    },
  );

  it.each(full(product(fieldsOf, notSingle), rotated(fieldsOf, notSingle)))(
    'the field %j must not be %j, which is not a single value',
    async ([operation, field], [, value]) => {
      const detail = 'must be a single value, not a list or an object';
      expect(wrongField(await send(operation, { [field]: value }))).toEqual({ pointer: `/${field}`, detail });
    },
  );

  it.each(fieldsOf)(
    'to %s: %s must not be a boolean instead of a text, or a text instead of a boolean',
    async (operation, field) => {
      for (const value of flags.includes(field) ? ['true', ''] : [true, false]) {
        expect(wrongField(await send(operation, { [field]: value })).pointer).toBe(`/${field}`);
      }
    },
  );

  it.each(['', 'User', 'user ', 'robot', 'constructor', 'user,assistant', '0'])(
    '"%s" is rejected as a role',
    async (role) => {
      const detail = 'must be one of user, assistant, system, tool, developer';
      expect(wrongField(await send('save a message', { role }))).toEqual({ pointer: '/role', detail });
    },
  );

  it('that are required are named if they are missing', async () => {
    const empty = async (operation: string) => wrongFields((await operations[operation]?.send({})) as Answer<unknown>);
    expect(await empty('rename a session')).toEqual(['/title']);
    expect(await empty('save a message')).toEqual(['/content', '/role']);
    expect(await empty('save a message to the active session')).toEqual(['/content', '/role']);
  });

  it('that are wrong are reported all at once', async () => {
    const wrong = { role: 'x', content: '', timestamp: 'x', clientMessageId: '', 'a/b~c': 1, nested: {}, userid: 1 };
    const answer = await send('save a message', wrong);
    expect(wrongFields(answer)).toEqual(
      ['/a~1b~0c', '/clientMessageId', '/content', '/nested', '/role', '/timestamp', '/userid'].sort(),
    );
    expect(answer.body.errors?.every((error) => error.in === 'body')).toBe(true);
    expect(wrongFields(await send('create a session', { title: '', id: '', activate: 'x' }))).toEqual([
      '/activate',
      '/id',
      '/title',
    ]);
  });

  const ofOwners = ['userid', 'userId', 'user_id', 'activityId', 'writeassistdevid', 'is_active', 'isActive'];
  const ofRows = ['created_at', 'createdAt', 'modifiedAt', 'lastActivityAt', 'messageCount', 'sequence', 'session_id'];
  const ofObjects = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', ''];
  const elsewhere = (operation: string) =>
    operation === 'create a session' ? ['role', 'content'] : ['id', 'activate'];
  const unknown = [...ofOwners, ...ofRows, ...ofObjects];
  const allOperations = Object.keys(operations);

  it.each(full(product(allOperations, unknown), rotated(allOperations, unknown)))(
    'to %s: the field "%s", which no request has, is rejected',
    async (operation, name) => {
      const answer = await send(operation, { [name]: 'x' });
      expect(wrongField(answer)).toEqual({ pointer: `/${name}`, detail: 'is not a field of this request' });
    },
  );

  it.each(allOperations.flatMap((operation) => elsewhere(operation).map((name) => [operation, name])))(
    'to %s: the field %s, which another request has, is rejected',
    async (operation = '', name = '') => {
      const answer = await send(operation, { [name]: 'x' });
      expect(wrongField(answer)).toEqual({ pointer: `/${name}`, detail: 'is not a field of this request' });
    },
  );

  const inherited = ['__proto__', 'constructor', 'prototype'];
  it.each(full(product(allOperations, inherited), rotated(allOperations, inherited)))(
    'to %s: the field %s with an object is rejected',
    async (operation, name) => {
      const answer = await send(operation, { [name]: { title: 'x', isAdmin: true } });
      expect(wrongField(answer).pointer).toBe(`/${name}`);
      expect('isAdmin' in {}).toBe(false);
    },
  );

  describe('a page size', () => {
    const detail = 'must be a whole number from 1 to 200';
    const wrong = [
      '0',
      '201',
      '-1',
      '1.5',
      '1e2',
      '',
      '%EF%BC%95',
      '0x10',
      '+5',
      '%205',
      '5%20',
      'null',
      '1e309',
      '1000',
    ];

    it.each([...wrong, '9007199254740993', '%00', 'NaN', '١'])('must not be "%s"', async (limit) => {
      for (const list of [client.sessions(`?limit=${limit}`), client.messages(id, `?limit=${limit}`)]) {
        const problem = refusal(await list, 422, 'validation_failed');
        expect(problem.errors).toEqual([{ in: 'query', pointer: '/limit', detail }]);
      }
    });

    it.each(['1', '200'])('may be %s', async (limit) => {
      expectStatus(await client.sessions(`?limit=${limit}`), 200);
      expectStatus(await client.messages(id, `?limit=${limit}`), 200);
    });
  });

  it.each([
    ['limit=5&limit=5', '/limit'],
    ['after=a&after=b', '/after'],
    ['order=asc&order=desc', '/order'],
    ['afterSequence=1&afterSequence=1', '/afterSequence'],
    ['aftersequence=1', '/aftersequence'],
    ['order=ASC', '/order'],
    ['order=', '/order'],
    ['order=random', '/order'],
    ['offset=5', '/offset'],
    ['page=2', '/page'],
    ['userid=2', '/userid'],
    ['limit[]=5', '/limit[]'],
    ['limit%5Ba%5D=5', '/limit[a]'],
    ['__proto__=1', '/__proto__'],
    ['constructor=1', '/constructor'],
    ['toString=1', '/toString'],
    ['Limit=5', '/Limit'],
  ])('the query %s is rejected', async (query, pointer) => {
    expect(wrongFields(await client.messages(id, `?${query}`))).toEqual([pointer]);
  });

  describe('a sequence', () => {
    const detail = 'must be a whole number from 0 to 999999999999999';
    const tooLarge = ['1000000000000000', '9007199254740993', '18446744073709551616'];

    it.each(['-1', '1.5', '', 'x', '1e2', '0x1', '+1', '%201', 'NaN', '١', '%00', 'null', ...tooLarge])(
      'may not be "%s"',
      async (sequence) => {
        const answer = await client.messages(id, `?afterSequence=${sequence}`);
        expect(wrongField(answer)).toEqual({ pointer: '/afterSequence', detail });
      },
    );

    it.each(['0', '1', '007', '999999999999999'])('may be %s', async (sequence) => {
      expectStatus(await client.messages(id, `?afterSequence=${sequence}`), 200);
    });

    it('must not be combined with a cursor or an order, like the cursors of its pages', async () => {
      const both = 'must not come together with afterSequence';
      for (const cursor of [encode('messages:1:0'), encode('sequences:1:0')]) {
        const answer = await client.messages(id, `?afterSequence=0&after=${cursor}`);
        expect(wrongField(answer)).toEqual({ pointer: '/after', detail: both });
      }
      for (const query of ['afterSequence=0', `after=${encode('sequences:1:0')}`]) {
        for (const order of ['asc', 'desc']) {
          const answer = await client.messages(id, `?${query}&order=${order}`);
          expect(wrongField(answer)).toEqual({ pointer: '/order', detail: `${both} or a nextCursor of its pages` });
        }
      }
      expectStatus(await client.messages(id, `?after=${encode('sequences:1:0')}`), 200);
    });

    it('is rejected for lists of sessions', async () => {
      expect(wrongFields(await client.sessions('?afterSequence=1'))).toEqual(['/afterSequence']);
    });
  });

  describe('a cursor', () => {
    it.each([
      ['empty', ''],
      ['a word', 'garbage'],
      ['a number', '5'],
      ['very long', 'A'.repeat(5000)],
      ['of no list', encode('lists:1:1')],
      ['of one number', encode('messages:1')],
      ['of three numbers', encode('messages:1:1:1')],
      ['of one number in the order of saving', encode('sequences:1')],
      ['of negative numbers', encode('messages:-1:1')],
      ['of fractions', encode('messages:1.5:1')],
      ['of numbers beyond 2^53', encode('messages:9007199254740993:1')],
      ['of no numbers', encode('messages:x:y')],
      ['of SQL', encode(`messages:1:1' OR '1'='1`)],
      ['with something after it', `${encode('messages:1:1')}%20`],
      ['in another base64', `${encode('messages:1:12')}%3D`],
      ['with a line break in it', encode('messages:1:1\n')],
    ])('must not be %s', async (_, after) => {
      const detail = 'must be a nextCursor of this list';
      expect(wrongField(await client.messages(id, `?after=${after}`))).toEqual({ pointer: '/after', detail });
      expect(wrongField(await client.sessions(`?after=${after}`))).toEqual({ pointer: '/after', detail });
    });

    it('of the other list is rejected', async () => {
      expect(wrongFields(await client.messages(id, `?after=${encode('sessions:1:1')}`))).toEqual(['/after']);
      expect(wrongFields(await client.sessions(`?after=${encode('messages:1:1')}`))).toEqual(['/after']);
      expect(wrongFields(await client.sessions(`?after=${encode('sequences:1:1')}`))).toEqual(['/after']);
    });
  });
});
