import { join } from 'node:path';
import { clientTools } from '../support/run/installed.mjs';
import { endPrograms, newFolder, run } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';

/** Like `tools/clients/programs/outcome.mts`. */
interface GeneratedClient {
  run(baseUrl: string, token: string): Promise<unknown>;
}

describe('clients that are generated from openapi.json', () => {
  let server: ServerProcess;
  let folder: string;

  beforeAll(async () => {
    server = await ServerProcess.start();
    folder = newFolder();
    const program = [process.execPath, join(clientTools, 'generate.mjs'), folder, server.url];
    const { code, stdout, stderr } = await run(program);
    // The compiler prints on standard output which type it refuses.
    expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
  }, 400_000);
  afterAll(endPrograms);

  it.each(['use-openapi-fetch', 'use-orval'])('compile strictly, and work: %s', async (name) => {
    const client = (await import(join(folder, 'compiled', `${name}.mjs`))) as GeneratedClient;
    const { token } = await server.client();
    expect(await client.run(server.url, token)).toEqual({
      title: 'Essay on rivers',
      listed: true,
      saved: 'How long is the Nile?',
      repeated: 200,
      contents: ['How long is the Nile?'],
      unchanged: 304,
      code: 'session_not_found',
      wrongFields: ['/title'],
      deleted: 204,
    });
  });
});
