import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../architecture/source-imports.js';
import { rawCall } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';

describe('the browser module', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it.each([
    ['multi-chat-manager.js', 'text/javascript; charset=utf-8'],
    ['chat-api.js', 'text/javascript; charset=utf-8'],
    ['multi-chat-manager.d.ts', 'text/plain; charset=utf-8'],
  ])('is served with its types, for pages of every origin: %s', async (name, type) => {
    const { status, text, headers } = await rawCall(server.url, `/client/${name}`);
    expect([status, text]).toEqual([200, readFileSync(join(root, 'client', name), 'utf8')]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': type,
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
  });
});
