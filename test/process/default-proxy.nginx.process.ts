import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/database/mariadb.mjs';
import { Nginx } from '../support/process/docs-snippets.js';
import { Program, endPrograms, newFolder, until } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';
import { nginxPath } from '../support/run/installed.mjs';

const tokenForm = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;
const script = '/docs/swagger-ui-init.js';

describe('an nginx with its defaults in front of an unconfigured server', () => {
  let server: ServerProcess;
  let front: string;

  beforeAll(async () => {
    server = await ServerProcess.start();
    const [folder, port] = [newFolder(), await freePort()];
    const block = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${server.url}; } }`;
    writeFileSync(join(folder, 'nginx.conf'), Nginx.configuration(block));
    new Program([nginxPath() ?? 'nginx', '-p', folder, '-e', 'error.log', '-c', join(folder, 'nginx.conf')], {
      folder,
    });
    front = `http://127.0.0.1:${port}`;
    // Without a request: the first one is that of the test.
    await until('nginx listens', 30_000, () => isOpen(port));
  });
  afterAll(() => endPrograms());

  const page = async (url: string) => (await fetch(`${url}${script}`)).text();

  it('publishes no token, and ends those of this machine', async () => {
    expect(await page(server.url)).toMatch(tokenForm);
    expect(await page(front)).not.toMatch(tokenForm);
    expect(await page(server.url)).not.toMatch(tokenForm);
    const printed = tokenForm.exec(server.program.stdout)?.[0] ?? '';
    const authorization = `Bearer ${printed}`;
    for (const url of [server.url, front]) {
      expect((await fetch(`${url}/api/v1/sessions`, { headers: { authorization } })).status).toBe(401);
    }
    await server.program.untilPrinted(/A request came through a proxy \(HTTP\/1\.0\)/);
    expect((await (await server.client()).sessions()).status).toBe(200);
  });
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    for (const event of ['connect', 'error'] as const) {
      socket.once(event, () => {
        socket.destroy();
        resolve(event === 'connect');
      });
    }
  });
}
