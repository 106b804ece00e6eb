import {
  bodyOfPairs,
  endOfParts,
  expectNoInternals,
  formTypes,
  part,
  rowCounts,
  type TypedBody,
} from '../../../support/legacy/bodies.js';
import { LegacyClient, encodings, failure } from '../../../support/legacy/client.js';
import { expectStatus } from '../../../support/rest/client.js';
import { full } from '../../../support/run/full.js';
import { everyNth } from '../../../support/run/sample.js';
import { shortestMs } from '../../../support/run/shortest-ms.js';
import { newOwner, TestServer } from '../../../support/http/server.js';

type Pairs = [string, string][];

const twice = (name: string, first: string, second: string): [string, Pairs] => [
  name,
  [
    [name, first],
    [name, second],
  ],
];

describe('the fields of a body', () => {
  let server: TestServer;
  let page: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start();
    page = await LegacyClient.of(server);
  });
  afterAll(() => server.stop());

  const send = ({ body, type }: TypedBody, headers: Record<string, string> = {}) =>
    page.send(body, { headers: { 'content-type': type, ...headers } });
  const pairs = (action: string, more: Pairs = []): Pairs => [
    ['action', action],
    ['cmid', '1'],
    ['sesskey', page.token],
    ...more,
  ];
  const json = (fields: Record<string, unknown>) =>
    page.call('create_chat_session', fields, { encoding: 'json', bearer: true });

  describe.each(encodings)('as %s', (encoding) => {
    /** In a full run every case in every encoding, otherwise each in one. */
    const sample = <Case>(cases: Case[]) => full(cases, everyNth(cases, encodings.length, encodings.indexOf(encoding)));
    const sendPairs = (action: string, more: Pairs = []) => send(bodyOfPairs(pairs(action, more), encoding));

    it.each(
      sample([
        ['line ends of three kinds', 'a\r\nb\nc\rd\r\n'],
        ['the replacement character', 'a\ufffdb'],
        ['letters of four bytes', '👨‍👩‍👧‍👦 漢 é e\u0301'],
        ['a byte order mark', '\ufeffx'],
        ['text that looks like escapes', '100% %41 %zz + &amp; \\u0041 a=b&c=d'],
        ['text that looks like a boundary', '\r\n--cut-her\r\n--cut'],
        ['SQL', `'; DROP TABLE writeassistdev_chat; --`],
      ]),
    )('are stored unchanged: %s', async (_, content) => {
      const id = await page.newSession();
      const more: Pairs = [
        ['session_id', id],
        ['role', 'user'],
        ['content', content],
      ];
      expectStatus(await sendPairs('save_session_message', more), 200);
      expect((await page.messages(id)).map((message) => message.content)).toEqual([content]);
    });

    it('lose only NUL', async () => {
      const id = await page.newSession();
      const more: Pairs = [
        ['session_id', `${id}\0`],
        ['role', 'us\0er'],
        ['content', '\0a\0b\0'],
      ];
      expectStatus(await sendPairs('save_session_message', more), 200);
      expect(await page.messages(id)).toMatchObject([{ role: 'user', content: 'ab' }]);
    });

    describe('that are rejected', () => {
      let before: Record<string, number>;
      beforeEach(async () => {
        before = await rowCounts(server);
      });
      afterEach(async () => {
        expect(await rowCounts(server)).toEqual(before);
      });

      it.each(
        sample<[string, Pairs]>([
          twice('title', 'a', 'b'),
          twice('title', 'a', 'a'),
          ['action', [['action', 'create_chat_session']]],
          ['action', [['action', 'test']]],
          ['cmid', [['cmid', '1']]],
          ['sesskey', [['sesskey', 'x']]],
          twice('other', '', ''),
          twice('__proto__', '', ''),
        ]),
      )('must not repeat %s', async (name, more) => {
        const answer = await sendPairs('create_chat_session', more);
        expect(failure(answer, 400, 'repeated_field')).toBe(`The body has the field "${name}" more than once.`);
        expectNoInternals(answer);
      });

      it.each(sample([51, 100, 999, 5000]))('must not be %s in number', async (fields) => {
        const more = Array.from({ length: fields - 3 }, (_, n): [string, string] => [`field${n}`, 'x']);
        const message = `The body must have at most ${fields > 1000 && encoding !== 'json' ? 1000 : 50} fields.`;
        const ms = await shortestMs(2000, async () => {
          const answer = await sendPairs('create_chat_session', more);
          expect(failure(answer, 400, 'too_many_fields')).toBe(message);
        });
        expect(ms).toBeLessThan(2000);
      });

      it.each(
        sample<[string, Pairs, number, string, string]>([
          ['no action', [], 400, 'missing_parameter', 'A required parameter (action) was missing'],
          ['an empty action', [['action', '']], 400, 'missing_parameter', 'A required parameter (action) was missing'],
          [
            'an action of only ignored characters',
            [['action', '!?']],
            400,
            'missing_parameter',
            'A required parameter (action) was missing',
          ],
          ['no cmid', [['action', 'test']], 400, 'missing_parameter', 'A required parameter (cmid) was missing'],
          [
            'no sesskey',
            [
              ['action', 'test'],
              ['cmid', '1'],
            ],
            401,
            'unauthenticated',
            'Invalid session key',
          ],
          ['another action', [['action', 'load_project']], 400, 'invalid_action', 'Invalid action'],
          ['the action constructor', [['action', 'constructor']], 400, 'invalid_action', 'Invalid action'],
          ['the action __proto__', [['action', '__proto__']], 400, 'invalid_action', 'Invalid action'],
          ['an action in another case', [['action', 'Test']], 400, 'invalid_action', 'Invalid action'],
          ['an action in tags', [['action', '<b>test</b>']], 400, 'invalid_action', 'Invalid action'],
        ]),
      )('are rejected with %s', async (_, fields, status, code, message) => {
        const answer = await send(bodyOfPairs(fields, encoding));
        expect(failure(answer, status, code)).toBe(message);
        expectNoInternals(answer);
      });

      it.each(
        sample(['0', '-1', '1.0', '1e3', '01', ' 1', '1 ', '4294967296', '9007199254740993', '１', '0x1', 'x', '1;--']),
      )('must not have the cmid %j', async (cmid) => {
        const fields: Pairs = [
          ['action', 'create_chat_session'],
          ['cmid', cmid],
          ['sesskey', page.token],
        ];
        const message = failure(await send(bodyOfPairs(fields, encoding)), 400, 'invalid_parameter');
        expect(message).toBe('Invalid parameter (cmid): it must be a whole number from 1 to 4294967295');
      });
    });

    it('may be 50 in number', async () => {
      const more = Array.from({ length: 47 }, (_, n): [string, string] => [`field${n}`, 'x']);
      expectStatus(await sendPairs('create_chat_session', more), 200);
    });

    it.each(sample(['test', 'te st!', ' test', 'test\n', 't\0est', 'test()', '<test>', 'täest']))(
      'may have ignored characters in the action: %j',
      async (action) => {
        expect(expectStatus(await sendPairs(action), 200)).toEqual({ success: true, message: 'AJAX endpoint working' });
      },
    );

    it('that no client may set are ignored', async () => {
      const own = await LegacyClient.of(server);
      const other = newOwner();
      const fields = {
        title: 'Mine',
        userid: other.userId,
        is_active: 0,
        created_at: 5,
        id: 1,
        writeassistdevid: 9,
      };
      expectStatus(await own.call('create_chat_session', fields, { encoding }), 200);
      const [session] = await own.sessions();
      expect(session).toMatchObject({ userid: own.owner.userId, writeassistdevid: 7, is_active: 1, title: 'Mine' });
      expect(session?.created_at).toBeGreaterThan(5);
    });

    it.each(sample(['XMLHttpRequest', 'xmlhttprequest', 'fetch', '']))(
      'are accepted with any X-Requested-With: %j',
      async (by) => {
        expectStatus(await send(bodyOfPairs(pairs('test'), encoding), { 'x-requested-with': by }), 200);
      },
    );
  });

  describe('of a form', () => {
    it.each(['title[]', 'title[a]', 'title[a][b]', 'title[', 'title[]x'])('must not be a list: %s', async (name) => {
      const before = await rowCounts(server);
      for (const encoding of ['multipart', 'urlencoded'] as const) {
        const answer = await send(bodyOfPairs(pairs('create_chat_session', [[name, 'x']]), encoding));
        const message = 'Invalid parameter (title): it must be a single value, not a list, an object or a file';
        expect(failure(answer, 400, 'invalid_parameter')).toBe(message);
      }
      expect(await rowCounts(server)).toEqual(before);
    });

    it.each(['sesskey[]', 'cmid[]', 'other[a]', '__proto__[a]'])(
      'must not be a list with any name: %s',
      async (name) => {
        for (const encoding of ['multipart', 'urlencoded'] as const) {
          const answer = await send(bodyOfPairs(pairs('create_chat_session', [[name, 'x']]), encoding));
          failure(answer, 400, 'invalid_parameter');
        }
      },
    );

    it.each([
      ['title', '; filename="a.txt"'],
      ['title', '; filename=""'],
      ['title', '; filename="a.txt"\r\nContent-Type: image/png'],
      ['title', '\r\nContent-Type: application/octet-stream'],
      ['attachment', '; filename="../../etc/passwd"'],
    ])('must not be a file: %s%j', async (name, more) => {
      const before = await rowCounts(server);
      const [first, ...others] = pairs('create_chat_session');
      const parts = [first, ...others].map(([field, value] = ['', '']) => part(field, value));
      const body = parts.join('') + part(name, 'x'.repeat(100_000), more) + endOfParts;
      const message = failure(await send({ body, type: formTypes.multipart }), 400, 'invalid_parameter');
      expect(message).toBe(`Invalid parameter (${name}): it must be a single value, not a list, an object or a file`);
      expect(await rowCounts(server)).toEqual(before);
    });

    it.each(['action[]', 'action[a]'])('must not have the action in a list: %s', async (name) => {
      const body = bodyOfPairs(
        [
          [name, 'test'],
          ['cmid', '1'],
          ['sesskey', page.token],
        ],
        'urlencoded',
      );
      failure(await send(body), 400, 'invalid_parameter');
    });
  });

  describe('of JSON', () => {
    let before: Record<string, number>;
    beforeEach(async () => {
      before = await rowCounts(server);
    });
    afterEach(async () => {
      expect(await rowCounts(server)).toEqual(before);
    });

    it.each<unknown>([['x'], [], { a: 'x' }, {}, [['x']], 5, true, null])('must be strings, not %j', async (title) => {
      const message = failure(await json({ title }), 400, 'invalid_parameter');
      expect(message).toMatch(/^Invalid parameter \(title\): it must be /);
    });

    it.each<[unknown, string]>([
      [['test'], 'invalid_parameter'],
      [{ test: 1 }, 'invalid_parameter'],
      [5, 'invalid_action'],
      [true, 'invalid_action'],
      [null, 'missing_parameter'],
    ])('must not have the action %j', async (action, code) => {
      failure(await json({ action }), 400, code);
    });

    it.each<unknown>([0, -1, 1.5, 4294967296, true, [1], { a: 1 }, null])('must not have the cmid %j', async (cmid) => {
      const message = failure(await json({ cmid }), 400, 'invalid_parameter');
      expect(message).toMatch(/^Invalid parameter \(cmid\): it must be /);
    });

    it('must not have a number that JSON parses to Infinity', async () => {
      const body = '{"action":"create_chat_session","cmid":1e309}';
      failure(await send({ body, type: formTypes.json }), 400, 'invalid_parameter');
    });

    it.each([5, true, null, ['x'], { a: 1 }])('must not have the sesskey %j', async (sesskey) => {
      const answer = await page.call('create_chat_session', { sesskey }, { encoding: 'json' });
      failure(answer, 400, 'invalid_parameter');
    });

    it('may have a cmid that is a number', async () => {
      expectStatus(await json({ action: 'test', cmid: 1 }), 200);
    });
  });
});
