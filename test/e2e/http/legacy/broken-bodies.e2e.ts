import { gzipSync } from 'node:zlib';
import { expectStatus, type Answer } from '../../../support/rest/client.js';
import {
  bodyOfPairs,
  boundary,
  endOfParts,
  expectNoInternals,
  formTypes,
  part,
  rawLegacy,
  rowCounts,
} from '../../../support/legacy/bodies.js';
import { LegacyClient, encodings, failure, type LegacyAnswer } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';

/** One byte per character. */
const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('a body', () => {
  let server: TestServer;
  let page: LegacyClient;

  beforeAll(async () => {
    server = await TestServer.start();
    page = await LegacyClient.of(server);
  });
  afterAll(() => server.stop());

  const send = (body: string | Uint8Array, type?: string, headers: Record<string, string> = {}) =>
    rawLegacy(server, { body, headers: { ...(type !== undefined && { 'content-type': type }), ...headers } });
  const pairs = (title: string): [string, string][] => [
    ['action', 'create_chat_session'],
    ['cmid', '1'],
    ['sesskey', page.token],
    ['title', title],
  ];
  const form = (title = 'x') => bodyOfPairs(pairs(title), 'urlencoded').body as string;
  const parts = (title = 'x') => bodyOfPairs(pairs(title), 'multipart').body as string;
  const json = (title = 'x') => bodyOfPairs(pairs(title), 'json').body as string;
  const lastTitle = async () => (await page.sessions())[0]?.title;

  describe('that cannot be parsed', () => {
    let before: Record<string, number>;
    beforeEach(async () => {
      before = await rowCounts(server);
    });
    afterEach(async () => {
      expect(await rowCounts(server)).toEqual(before);
      expectStatus(await page.call('test'), 200);
    });

    const refused = async (body: string | Uint8Array, type: string | undefined, status: number, code: string) => {
      const answer = await send(body, type);
      failure(answer, status, code);
      expectNoInternals(answer);
    };

    it('is rejected if it is a multipart form that is cut', async () => {
      const whole = parts();
      // The last two bytes are a line end that is not required.
      for (let length = 0; length < whole.length - 4; length += 10) {
        await refused(whole.slice(0, length), formTypes.multipart, 400, 'malformed_form');
      }
    });

    it.each([
      ['without boundary', 'multipart/form-data'],
      ['with an empty boundary', 'multipart/form-data; boundary='],
      ['with an empty boundary in quotes', 'multipart/form-data; boundary=""'],
      ['with another boundary', 'multipart/form-data; boundary=other'],
      ['with the boundary in capitals', `multipart/form-data; boundary=${boundary.toUpperCase()}`],
      ['with half a boundary', 'multipart/form-data; boundary=cut-her'],
      ['with a boundary too long to occur', `multipart/form-data; boundary=${'x'.repeat(5000)}`],
    ])('is rejected if it is a multipart form %s', async (_, type) => {
      await refused(parts(), type, 400, 'malformed_form');
    });

    it.each<[string, () => string | Uint8Array, string]>([
      ['urlencoded, escaped', () => `${form('')}%FF`, formTypes.urlencoded],
      ['urlencoded, as bytes', () => bytes(`${form('')}\xe9`), formTypes.urlencoded],
      ['urlencoded, half a pair', () => `${form('')}%ED%A0%80`, formTypes.urlencoded],
      ['urlencoded, beside a valid U+FFFD', () => `${form('\ufffd')}%FF`, formTypes.urlencoded],
      ['in a part', () => bytes(parts('\xff')), formTypes.multipart],
      ['in a part, a cut letter', () => bytes(parts('\xf0\x9f\x8c')), formTypes.multipart],
    ])('is rejected if it is a form that is not UTF-8: %s', async (_, body, type) => {
      await refused(body(), type, 400, 'malformed_form');
    });

    it.each<[string, () => string | Uint8Array]>([
      ['cut short', () => json().slice(0, -1)],
      ['a form', () => form()],
      ['in UTF-16', () => Buffer.from(json(), 'utf16le')],
      ['in Latin 1', () => bytes(json('\xe9'))],
      ['with a NUL after it', () => `${json()}\0`],
      ['a list', () => `[${json()}]`],
      ['a text', () => JSON.stringify(json())],
      ['a number', () => '5'],
      ['false', () => 'false'],
    ])('is rejected as JSON if it is %s', async (_, body) => {
      await refused(body(), formTypes.json, 400, 'malformed_json');
    });

    it.each(['null', ''])('has no action if it is JSON with the text %j', async (body) => {
      await refused(body, formTypes.json, 400, 'missing_parameter');
    });

    it('has no action if it is empty', async () => {
      await refused('', undefined, 400, 'missing_parameter');
      await refused('', formTypes.urlencoded, 400, 'missing_parameter');
      await refused(endOfParts, formTypes.multipart, 400, 'missing_parameter');
      failure(await rawLegacy(server), 400, 'missing_parameter');
    });

    it.each([
      undefined,
      'text/plain',
      'text/plain;charset=UTF-8',
      'application/xml',
      'application/octet-stream',
      'multipart/mixed; boundary=cut-here',
      'application/x-www-form-urlencodedx',
      'form',
      '*/*',
    ])('is rejected with the type %s', async (type) => {
      await refused(form(), type, 415, 'unsupported_media_type');
    });

    it.each(['iso-8859-1', 'us-ascii', 'utf-16le', 'base64'])('is rejected with the charset %s', async (charset) => {
      await refused(json('é'), `${formTypes.json}; charset=${charset}`, 415, 'unsupported_media_type');
      for (const [body, type] of [
        [form('') + '%E9', formTypes.urlencoded],
        [bytes(parts('\xe9')), formTypes.multipart],
      ] as const) {
        const answer = await send(body, `${type}; charset=${charset}`);
        failure(answer, answer.status === 415 ? 415 : 400, answer.body.code ?? '');
      }
    });

    it.each(['gzip', 'GZIP', 'deflate', 'br', 'x-gzip'])('is rejected with the encoding %s', async (encoding) => {
      for (const which of encodings) {
        const { body, type } = bodyOfPairs(pairs('x'), which);
        for (const sent of [gzipSync(body), body]) {
          const answer = await send(sent, type, { 'content-encoding': encoding });
          failure(answer, 415, 'unsupported_media_type');
        }
      }
    });
  });

  describe('that can be parsed', () => {
    it.each([
      ['application/x-www-form-urlencoded; charset=utf-8', form],
      ['application/x-www-form-urlencoded;charset=UTF-8', form],
      ['APPLICATION/X-WWW-FORM-URLENCODED', form],
      [`multipart/form-data; boundary=${boundary}; charset=utf-8`, parts],
      [`Multipart/Form-Data; charset="UTF-8"; boundary="${boundary}"`, parts],
      ['application/json; charset=utf-8', json],
      ['APPLICATION/JSON;charset="UTF-8"', json],
    ])('is accepted with the type %s', async (type, body) => {
      expectStatus(await send(body('漢 é'), type, { 'content-encoding': 'identity' }), 200);
      expect(await lastTitle()).toBe('漢 é');
    });

    it('may begin with a byte order mark only if it is JSON', async () => {
      expectStatus(await send(`\ufeff${json('of JSON')}`, formTypes.json), 200);
      expect(await lastTitle()).toBe('of JSON');
      failure(await send(`\ufeff${parts()}`, formTypes.multipart), 400, 'malformed_form');
      failure(await send(`\ufeff${form()}`, formTypes.urlencoded), 400, 'missing_parameter');
    });

    it('may have text after its last part, but not before its first', async () => {
      expectStatus(await send(`${parts('before')}bye\r\n`, formTypes.multipart), 200);
      expect(await lastTitle()).toBe('before');
      failure(await send(`hello\r\n${parts()}`, formTypes.multipart), 400, 'malformed_form');
    });

    it.each([
      ['%', '%'],
      ['100%', '100%'],
      ['%4', '%4'],
      ['%zz', '%zz'],
      ['%u00e9', '%u00e9'],
      ['%%41', '%A'],
      ['%2541', '%41'],
      ['a+b%2Bc', 'a b+c'],
      ['%EF%BF%BD', '\ufffd'],
      ['%EF%BF%BD%', '\ufffd%'],
    ])('may have invalid escapes: %s is decoded to %s', async (escaped, title) => {
      expectStatus(await send(`${form('')}${escaped}`, formTypes.urlencoded), 200);
      expect(await lastTitle()).toBe(title);
    });

    const charsets = ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252', 'base64', 'utf-16le', 'nonsense'];
    const keptOrRefused = async (answer: Answer<LegacyAnswer>) => {
      if (answer.status === 200) expect(await lastTitle()).toBe('é漢');
      else failure(answer, answer.status === 415 ? 415 : 400, answer.body.code ?? '');
    };

    it.each(charsets)('is stored unchanged or rejected with the charset %s', async (charset) => {
      await keptOrRefused(await send(form('é漢'), `${formTypes.urlencoded}; charset=${charset}`));
      await keptOrRefused(await send(parts('é漢'), `${formTypes.multipart}; charset=${charset}`));
      const others = parts().replace(part('title', 'x') + endOfParts, '');
      const named = part('title', 'é漢', `\r\nContent-Type: text/plain; charset=${charset}`);
      await keptOrRefused(await send(others + named + endOfParts, formTypes.multipart));
    });
  });
});
