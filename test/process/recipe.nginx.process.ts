import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeCertificate, type Certificate } from '../support/http/certificate.js';
import type { LegacyAnswer } from '../support/legacy/client.js';
import { MoodleStandIn, ajaxPath, type Person } from '../support/moodle/moodle-site.js';
import { endPrograms, newFolder } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';
import { Nginx, recipe, siteName } from '../support/process/docs-snippets.js';
import { DocumentedDatabase, chatsUrl, startOfServer } from '../support/process/documented-database.js';

const [cmid, activityId] = [12, 7];

describe('the set-up of docs/moodle.md with nginx', () => {
  let moodle: MoodleStandIn;
  let database: DocumentedDatabase;
  let folder: string;
  let certificate: Certificate;
  let ports: { front: number; inner: number; store: number };
  let nginx: Nginx;
  let server: ServerProcess;
  let person: Person;

  beforeAll(async () => {
    moodle = await MoodleStandIn.start([[cmid, 'writeassistdev', activityId]]);
    database = await DocumentedDatabase.create(moodle);
    folder = newFolder();
    certificate = makeCertificate(folder, `DNS:${siteName},DNS:localhost`);
    ports = { front: await freePort(), inner: await freePort(), store: await freePort() };
    writeFileSync(join(folder, 'nginx.conf'), Nginx.configuration(servers()));
    nginx = await Nginx.start(folder, ports.front, certificate);
    server = await start();
  }, 60_000);
  beforeEach(() => {
    moodle.reset();
    person = moodle.logIn(3 + moodle.people.length, [cmid]);
  });
  afterAll(async () => {
    await endPrograms();
    await moodle.stop();
    await database.drop();
  });

  /** The `server` blocks of the page, on free ports. */
  const servers = () =>
    recipe('nginx', 'upstream moodle', '', {
      'server 127.0.0.1:8080': `server ${new URL(moodle.url).host}`,
      'server 127.0.0.1:3000': `server 127.0.0.1:${ports.store}`,
      'listen 443 ssl': `listen 127.0.0.1:${ports.front} ssl`,
      'listen 127.0.0.1:8081': `listen 127.0.0.1:${ports.inner}`,
      '/etc/ssl/moodle.pem': certificate.certificateFile,
      '/etc/ssl/moodle.key': certificate.keyFile,
    });

  /** Runs the shell block of the page, whose last line starts the server, with LEGACY_UPSTREAM_URL. */
  const start = (changes: Record<string, string> = {}) => {
    const inner = `http://127.0.0.1:${ports.inner}`;
    const block = recipe('sh', 'umask 077', 'AUTH=moodle', {
      'http://127.0.0.1:8081': inner,
      [chatsUrl]: database.chats,
      'mysql://chatstore:a-password@127.0.0.1:3306/moodle': database.moodle,
      'node dist/src/main.js': startOfServer,
    });
    const more = { LEGACY_UPSTREAM_URL: inner, PORT: String(ports.store), ...changes };
    return ServerProcess.start(more, newFolder(), ['sh', '-ec', block]);
  };

  const post = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams({ cmid: String(cmid), sesskey: person.sesskey, ...fields }).toString();
    const { status, text } = await nginx.call('POST', ajaxPath, {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-requested-with': 'XMLHttpRequest',
        origin: `https://${siteName}`,
        'sec-fetch-site': 'same-origin',
        cookie: `MoodleSession=${person.cookie}`,
        ...headers,
      },
    });
    return { status, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as LegacyAnswer };
  };
  const append = (content: string) => post({ action: 'append_message', role: 'user', content });

  it('lets an unchanged page of the plugin save and read its chats', async () => {
    expect(await append('hello from the field')).toMatchObject({ status: 200, body: { success: true } });
    const { body } = await post({ action: 'load_chat_history_only', limit: '50' });
    expect(body.chatHistory?.map(({ content }) => content)).toEqual(['hello from the field']);
  });

  it('sends requests to Moodle with its host name and the IP of the caller', async () => {
    await append('x');
    expect(moodle.questions()).toEqual(['access', 'login']);
    for (const { headers } of moodle.received) {
      expect(headers).toMatchObject({
        host: [siteName],
        'x-forwarded-for': ['127.0.0.1'],
        'x-forwarded-proto': ['https'],
        cookie: [`MoodleSession=${person.cookie}`],
      });
    }
  });

  it('proxies other actions to the original, and sends the rest of the site to Moodle', async () => {
    expect((await post({ action: 'load_project' })).text).toBe('{"success":true,"project":null}');
    expect(moodle.received.at(-1)?.headers).toMatchObject({ host: [siteName], 'x-forwarded-proto': ['https'] });
    moodle.ajax = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('a course');
    expect(await nginx.call('GET', '/course/view.php?id=5')).toEqual({ status: 200, text: 'a course' });
    expect(moodle.received.at(-1)?.url).toBe('/course/view.php?id=5');
  });

  it('rejects pages of other sites and invalid logins, and ignores a forged X-Forwarded-For', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ];
    for (const headers of foreign) {
      expect(await post({ action: 'test' }, headers)).toMatchObject({ status: 403, body: { code: 'foreign_origin' } });
    }
    expect((await post({ action: 'test' }, { cookie: '' })).status).toBe(401);
    expect((await post({ action: 'test', cmid: '13' })).status).toBe(403);
    moodle.reset();
    person = moodle.logIn(77, [cmid]);
    await post({ action: 'test' }, { 'x-forwarded-for': '192.0.2.1' });
    expect(moodle.received[0]?.headers['x-forwarded-for']).toEqual(['127.0.0.1']);
  });

  it.each(['/', '/x', '//', '/x/ajax.php', '%2Fx', '/../ajax.php/x'])(
    'sends what PHP would treat as the endpoint to this service, which does not know it: %s',
    async (more) => {
      const received = moodle.received.length;
      const body = new URLSearchParams({ action: 'test', cmid: String(cmid), sesskey: person.sesskey }).toString();
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: `MoodleSession=${person.cookie}`,
      };
      const { status } = await nginx.call('POST', `${ajaxPath}${more}`, { body, headers });
      expect([status, moodle.received.length]).toEqual([404, received]);
    },
  );

  it('lets a page exchange its login for a token, and use REST', async () => {
    await append('by the old page');
    const exchanged = await nginx.call('POST', '/api/v1/token', {
      body: JSON.stringify({ cmid, sesskey: person.sesskey }),
      headers: { 'content-type': 'application/json', cookie: `MoodleSession=${person.cookie}` },
    });
    const { token } = JSON.parse(exchanged.text) as { token: string };
    const answer = await nginx.call('GET', '/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } });
    expect(JSON.parse(answer.text)).toMatchObject({ data: [{ id: 'default', messageCount: 1 }] });
  });

  it('detects a MOODLE_AJAX_URL that leads back through nginx, and rejects logins', async () => {
    await server.end();
    const changes = {
      MOODLE_AJAX_URL: `https://localhost:${ports.front}${ajaxPath}`,
      NODE_EXTRA_CA_CERTS: certificate.certificateFile,
    };
    const looping = await start(changes);
    try {
      expect(await append('never')).toMatchObject({ status: 503, body: { code: 'authentication_unavailable' } });
      await looping.program.untilPrinted(/MOODLE_AJAX_URL leads back here/);
    } finally {
      await looping.end();
      server = await start();
    }
    const { body } = await post({ action: 'load_chat_history_only' });
    expect(body.chatHistory).toEqual([]);
  });

  it('is undone by removing one location', async () => {
    const location = 'location ~ ^/mod/writeassistdev/ajax\\.php(/|$) { proxy_pass http://chatstore; }';
    expect(servers()).toContain(location);
    await restartNginx(servers().replace(location, ''));
    try {
      expect((await append('to the original')).text).toContain('project');
      expect(moodle.received.at(-1)?.body.toString()).toContain('to+the+original');
    } finally {
      await restartNginx(servers());
    }
  });

  async function restartNginx(blocks: string): Promise<void> {
    writeFileSync(join(folder, 'nginx.conf'), Nginx.configuration(blocks));
    await nginx.stop();
    nginx = await Nginx.start(folder, ports.front, certificate);
  }
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
