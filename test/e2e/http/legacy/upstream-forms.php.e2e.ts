import { actions } from '../../../../src/legacy/actions.js';
import { rawLegacy, type TypedBody } from '../../../support/legacy/bodies.js';
import { firstAddress } from '../../../support/legacy/client.js';
import {
  formsOfBytes,
  oddMultipartForms,
  oddUrlencodedForms,
  type OddForm,
} from '../../../support/legacy/odd-forms.js';
import { Php, readingIn, type PhpReading } from '../../../support/legacy/php.js';
import { TestServer } from '../../../support/http/server.js';

const forms = [...oddMultipartForms, ...oddUrlencodedForms];
/** The same forms with an unknown action, which are proxied. */
const foreign = forms.map(([title, { body, type }]): OddForm => {
  const text = Buffer.from(body as Uint8Array).toString('latin1');
  return [title, { type, body: Buffer.from(text.replaceAll('append_message', 'load_project_1'), 'latin1') }];
});
/** Forms that end, or have delimiters, only for PHP: this service reads them as the standard says. */
const readDifferently = [
  'line feeds around the delimiter',
  'a line feed in front of the delimiter',
  'a part after the last delimiter',
  'a part after the last delimiter, without another',
  'a part after the last delimiter, cut',
  'only a part after the last delimiter',
];

describe('a form that is passed on to PHP', () => {
  let php: Php;
  let server: TestServer;

  beforeAll(async () => {
    php = await Php.start();
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: php.url });
  });
  afterAll(async () => {
    await server.stop();
    php.stop();
  });

  /** What PHP reads of a form that this server has passed on; undefined for one that it has refused or handled. */
  const passedOn = async ({ body, type }: TypedBody, query = ''): Promise<PhpReading | undefined> => {
    const answer = await rawLegacy(server, {
      body,
      path: `${firstAddress}${query}`,
      headers: { 'content-type': type },
    });
    if (answer.status === 200) return readingIn(answer.text);
    expect([400, 401, 415]).toContain(answer.status);
    return undefined;
  };

  it('is never read as one of the actions of this service', async () => {
    const slipped: string[] = [];
    for (const [title, form] of forms) {
      const reading = await passedOn(form);
      if (reading && (reading.action === null || actions.has(reading.action))) slipped.push(title);
    }
    expect(slipped).toEqual([]);
  });

  it('is read like the original form, unless that is not read as the standard says', async () => {
    const different: string[] = [];
    let compared = 0;
    for (const [title, form] of [...foreign, ...formsOfBytes]) {
      const reading = await passedOn(form);
      if (!reading) continue;
      compared++;
      if (JSON.stringify(reading) !== JSON.stringify(await php.read(form))) different.push(title);
    }
    expect(different).toEqual(readDifferently);
    expect(compared).toBeGreaterThan(60);
  });

  it.each([
    '?action=x&a=1',
    '?a[]=1&a[]=2&a[b][c]=3&d.e=4&+f=5',
    '?a=%FF%00&b=%zz&c=+&=x&&d',
    "?a=%2f%C3%A9&b=+~b'c&[e]=%zz&empty=&",
  ])('has the query as it was: %s', async (query) => {
    const form = { body: 'x=1', type: 'application/x-www-form-urlencoded' };
    expect((await passedOn(form, query))?.get).toEqual((await php.read(form, query)).get);
  });

  it.each(['?a=1;action=append_message', '?action=x;action=append_message', '?a=1%3Baction=append_message'])(
    'has no known action in a query that PHP splits at semicolons: %s',
    async (query) => {
      const form = { body: 'x=1', type: 'application/x-www-form-urlencoded' };
      const reading = await passedOn(form, query);
      expect(actions.has(reading?.action ?? '')).toBe(false);
    },
  );

  it('has 2 MB byte for byte', async () => {
    const value = '{"é": "\r\n+%41&=;"}\0'.repeat(100_000);
    for (const form of [
      { body: `action=save_project&project_data=${encodeURIComponent(value)}`, type: urlencoded },
      { body: multipartOf(value), type: 'multipart/form-data; boundary=cut' },
    ]) {
      const reading = await passedOn(form);
      expect(reading?.action).toBe('save_project');
      expect(JSON.stringify(reading) === JSON.stringify(await php.read(form))).toBe(true);
    }
  });

  it('as JSON is not read by PHP', async () => {
    const form = { body: '{"action":"load_project"}', type: 'application/json' };
    expect(await passedOn(form)).toMatchObject({ post: { list: [] }, files: [], action: '' });
  });

  it('would have other bytes if the parser of the platform had read it', async () => {
    const changed: string[] = [];
    for (const [title, { body, type }] of formsOfBytes) {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- this is the parser in question
      const read = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => undefined);
      const again = read && new Response(read);
      const form = again && {
        body: new Uint8Array(await again.arrayBuffer()),
        type: again.headers.get('content-type') ?? '',
      };
      if (!form || JSON.stringify(await php.read(form)) !== JSON.stringify(await php.read({ body, type })))
        changed.push(title);
    }
    expect(changed).toEqual(expect.arrayContaining(['every byte as a value', 'every byte as a value, escaped']));
  });
});

const urlencoded = 'application/x-www-form-urlencoded';

function multipartOf(value: string): string {
  const part = (name: string, text: string) =>
    `--cut\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  return `${part('action', 'save_project')}${part('project_data', value)}--cut--\r\n`;
}
