import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { freePort } from '../support/database/mariadb.mjs';
import { onServer } from '../support/database/test-database.js';
import { makeCertificate } from '../support/http/certificate.js';
import { Nginx, recipe, siteName } from '../support/process/docs-snippets.js';
import { DocumentedDatabase, chatsUrl, startOfServer } from '../support/process/documented-database.js';
import { endPrograms, newFolder, run, until } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';
import { claims, signed } from '../support/rest/tokens.js';
import { isFull } from '../support/run/full.js';
import { noteSecret } from '../support/run/run-record.js';

const swaps = isFull ? 10 : 2;
const clients = 24;
/** Between two requests of a client, in ms. */
const pauseMs = 20;

interface Ports {
  port: number;
  healthPort: number;
}

describe('two servers behind the nginx of docs/moodle.md', () => {
  let database: DocumentedDatabase;
  let folder: string;
  let nginx: Nginx;
  let secret: string;
  const ports: Ports[] = [];
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    database = await DocumentedDatabase.create();
    folder = newFolder();
    const environment = recipe('sh', 'umask 077', 'NODE_ENV=production\nJWT_SECRET=', {
      [chatsUrl]: database.chats,
      'node dist/src/main.js': '',
    });
    expect(await run(['sh', '-ec', environment], { folder })).toMatchObject({ code: 0, stderr: '' });
    secret = parseEnv(readFileSync(join(folder, '.env'), 'utf8')).JWT_SECRET ?? '';
    noteSecret('secret', secret);
    for (const index of [0, 1]) {
      ports.push({ port: await freePort(), healthPort: await freePort() });
      await startServer(index);
    }
    nginx = await startNginx();
  }, 90_000);
  afterAll(async () => {
    await endPrograms();
    await database.drop();
  });

  /** Runs the command of the page on free ports, and waits as the page says. */
  async function startServer(index: number): Promise<void> {
    const { port, healthPort } = ports[index] ?? { port: 0, healthPort: 0 };
    const command = recipe('sh', `PORT=${3000 + index}`, '', {
      [`PORT=${3000 + index} HEALTH_PORT=1${3000 + index}`]: `PORT=${port} HEALTH_PORT=${healthPort}`,
      'node dist/src/main.js': startOfServer,
    });
    servers[index] = await ServerProcess.listening({}, folder, ['sh', '-ec', command]);
    await until('it is ready', 10_000, async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok);
  }

  async function startNginx(): Promise<Nginx> {
    const front = await freePort();
    const certificate = makeCertificate(folder, `DNS:${siteName},DNS:localhost`);
    const upstream = recipe('nginx', 'upstream chatstore', '', {
      'server 127.0.0.1:3000': `server 127.0.0.1:${ports[0]?.port}`,
      'server 127.0.0.1:3001': `server 127.0.0.1:${ports[1]?.port}`,
    });
    const blocks = recipe('nginx', 'upstream moodle', '', {
      'upstream chatstore { server 127.0.0.1:3000; keepalive 16; }': upstream,
      'listen 443 ssl': `listen 127.0.0.1:${front} ssl`,
      'listen 127.0.0.1:8081': `listen 127.0.0.1:${await freePort()}`,
      '/etc/ssl/moodle.pem': certificate.certificateFile,
      '/etc/ssl/moodle.key': certificate.keyFile,
    });
    writeFileSync(join(folder, 'nginx.conf'), Nginx.configuration(blocks));
    return Nginx.start(folder, front, certificate);
  }

  it(`are replaced ${swaps} times under load without a reset and without a 5xx`, async () => {
    const stop = new AbortController();
    const acknowledged: string[] = [];
    const others: string[] = [];
    const senders = Array.from({ length: clients }, (_, client) =>
      sendUntil(stop.signal, client, acknowledged, others),
    );
    for (let swap = 0; swap < swaps; swap++) {
      await sleep(300);
      const index = swap % 2;
      expect(await servers[index]?.end()).toMatchObject({ code: 0, stderr: '' });
      await startServer(index);
    }
    stop.abort();
    await Promise.all(senders);
    expect(others).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(swaps * clients);
    const { pathname } = new URL(database.chats);
    const rows = (await onServer(`SELECT content FROM ${pathname.slice(1)}.writeassistdev_chat`)) as {
      content: string;
    }[];
    expect(rows.map(({ content }) => content).sort()).toEqual(acknowledged.sort());
  }, 240_000);

  /** Saves one message after the other, by REST or by the legacy endpoint, as an owner of its own. */
  async function sendUntil(
    signal: AbortSignal,
    client: number,
    acknowledged: string[],
    others: string[],
  ): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const token = signed(claims({ sub: String(client + 1) }), { secret });
    const save = client % 2 === 0 ? saveByRest : saveByForm;
    for (let number = 0; !signal.aborted; number++) {
      const content = `${client}-${number}`;
      const outcome = await save(agent, token, content).then(
        ({ status, text }) => (status < 300 ? 'saved' : `${status} ${text}`),
        (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error),
      );
      if (outcome === 'saved') acknowledged.push(content);
      else others.push(outcome);
      await sleep(pauseMs);
    }
    agent.destroy();
  }

  function saveByRest(agent: Agent, token: string, content: string) {
    return nginx.call('POST', '/api/v1/messages', {
      agent,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ role: 'user', content }),
    });
  }

  function saveByForm(agent: Agent, token: string, content: string) {
    const fields = { action: 'append_message', cmid: '1', sesskey: token, role: 'user', content };
    return nginx.call('POST', '/mod/writeassistdev/ajax.php', {
      agent,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  }
});
