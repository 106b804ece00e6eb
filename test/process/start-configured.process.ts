import { statSync } from 'node:fs';
import { join } from 'node:path';
import { envVariables } from '../../src/config/env-variables.js';
import { expectStatus } from '../support/rest/client.js';
import { freePort } from '../support/database/mariadb.mjs';
import { Program, endPrograms, lines, mainProgram, newFolder } from '../support/process/program.js';
import { ServerProcess, logOf, testSecret } from '../support/process/server.js';

describe('a start with settings', () => {
  afterEach(endPrograms);

  it('with a secret prints no token, and how to issue one', async () => {
    const server = await ServerProcess.start({ JWT_SECRET: testSecret });
    await server.program.untilPrinted(/Ready\? /);
    await server.program.untilPrinted(/npm run -s token -- --user 2 --activity 1/);
    expect(server.program.stdout).not.toContain('eyJ');
    expectStatus(await (await server.client()).createSession(), 201);
  });

  it('in production prints one log line instead of a banner', async () => {
    const server = await ServerProcess.start({ NODE_ENV: 'production', JWT_SECRET: testSecret });
    await server.program.untilPrinted(/Ready at/);
    const { stdout } = server.program;
    expect(lines(stdout).every((line) => line.startsWith('{'))).toBe(true);
    expect(logOf(server.program).filter(({ msg }) => msg === `Ready at ${server.url}`)).toHaveLength(1);
  });

  it('with HOST=:: listens on the addresses of both families, and logs its PUBLIC_URL', async () => {
    const environment = { HOST: '::', PUBLIC_URL: 'https://site.example/chat-api', JWT_SECRET: testSecret };
    const server = await ServerProcess.listening(environment);
    await server.program.untilPrinted(/Ready at http:\S+, published at https:\/\/site\.example\/chat-api"/);
    const { port } = new URL(server.url);
    for (const host of ['127.0.0.1', '[::1]']) {
      expect([host, (await fetch(`http://${host}:${port}/openapi.json`)).status]).toEqual([host, 200]);
    }
  });

  it('treats empty variables as unset', async () => {
    const empty = Object.fromEntries(Object.keys(envVariables).map((name) => [name, '']));
    const server = await ServerProcess.start({ ...empty, PORT: '0', DATA_DIR: newFolder() });
    await server.program.untilPrinted(/A token for user 1 in activity 1/);
  });

  it('creates a data folder below missing folders', async () => {
    const folder = join(newFolder(), 'deep/down');
    const server = await ServerProcess.start({ DATA_DIR: folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const created = expectStatus(await (await server.client()).createSession(), 201);
    expect(created.title).toBe('New Chat');
  });

  it('with LOG_LEVEL=silent prints only the banner', async () => {
    const port = String(await freePort());
    const program = new Program(mainProgram, { environment: { PORT: port, LOG_LEVEL: 'silent' } });
    await program.untilPrinted(/Paste this/);
    expect(program.stdout).not.toMatch(/^\{/m);
    expect(await program.end()).toMatchObject({ code: 0, stderr: '' });
  });
});
