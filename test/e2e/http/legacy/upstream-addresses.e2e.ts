import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../../support/http/certificate.js';
import { expectStatus } from '../../../support/rest/client.js';
import { bodyOfPairs, rawLegacy } from '../../../support/legacy/bodies.js';
import { LegacyClient, encodings, failure, firstAddress, laterAddress } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { Detour, Upstream, deadUrl, project } from '../../../support/legacy/upstream.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const { body, type } = bodyOfPairs([['action', 'load_project']], 'urlencoded');
const load = (server: TestServer, headers: Record<string, string> = {}, path = firstAddress) =>
  rawLegacy(server, { path, body, headers: { 'content-type': type, ...headers } });

describe('LEGACY_UPSTREAM_URL', () => {
  const withServer = async (
    url: string,
    use: (server: TestServer) => Promise<void>,
    more: Record<string, string> = {},
  ) => {
    const server = await TestServer.start({ LEGACY_UPSTREAM_URL: url, ...more });
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  };

  describe('of a server', () => {
    let upstream: Upstream;
    beforeAll(async () => {
      upstream = await Upstream.start();
    });
    afterAll(() => upstream.stop());

    it.each([
      ['', firstAddress, laterAddress],
      ['/moodle', `/moodle${firstAddress}`, `/moodle${laterAddress}`],
      ['/moodle/', `/moodle${firstAddress}`, `/moodle${laterAddress}`],
      ['/moodle/mod/writeassistdev/ajax.php', `/moodle${firstAddress}`, `/moodle${firstAddress}`],
      ['/mod/researchflow/ajax.php', laterAddress, laterAddress],
    ])('may have the path "%s"', async (path, first, later) => {
      await withServer(`${upstream.url}${path}`, async (server) => {
        upstream.reset();
        expect((await load(server, {}, `${firstAddress}?a=1`)).text).toBe(project);
        expect((await load(server, {}, laterAddress)).text).toBe(project);
        expect(upstream.received.map(({ url }) => url)).toEqual([`${first}?a=1`, later]);
      });
    });
  });

  it('on which nothing listens gives 502 each time', async () => {
    for (const url of [await deadUrl(), 'http://nowhere.invalid']) {
      await withServer(url, async (server) => {
        for (let attempt = 0; attempt < 2; attempt++) {
          const message = failure(await load(server), 502, 'upstream_unreachable');
          expect(message).toBe('The original endpoint cannot be reached');
        }
        const page = await LegacyClient.of(server);
        expectStatus(await page.call('create_chat_session'), 200);
      });
    }
  });

  it('that leads back to this server is detected in the first loop', async () => {
    const detour = await Detour.start();
    try {
      await withServer(detour.url, async (server) => {
        detour.target = server.url;
        expect(failure(await load(server), 508, 'loop_detected')).toBe(
          'LEGACY_UPSTREAM_URL or MOODLE_AJAX_URL leads back here',
        );
        const requests = () => server.log.filter((line) => line.includes('"msg":"request"'));
        await waitUntil(() => requests().length >= 2);
        expect(requests()).toHaveLength(2);
      });
    } finally {
      await detour.stop();
    }
  });

  it('gets no request that has passed this server before', async () => {
    const upstream = await Upstream.start();
    try {
      await withServer(upstream.url, async (server) => {
        for (const loop of [
          'writeassistdev-chat-store',
          'writeassistdev-chat-store; v=2',
          'front.example, writeassistdev-chat-store',
          'front.example;v=1,writeassistdev-chat-store,other',
        ]) {
          failure(await load(server, { 'cdn-loop': loop }), 508, 'loop_detected');
        }
        expect(upstream.received).toEqual([]);
        expect((await load(server, { 'cdn-loop': 'front.example, writeassistdev-chat-store-2' })).text).toBe(project);
      });
    } finally {
      await upstream.stop();
    }
  });

  describe('with TLS', () => {
    let folder: string;
    let upstream: Upstream;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'chat-test-tls-'));
      upstream = await Upstream.start(makeCertificate(folder, 'IP:127.0.0.1'));
    });
    beforeEach(() => {
      upstream.reset();
    });
    afterAll(async () => {
      await upstream.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('must show a certificate of a trusted authority', async () => {
      await withServer(upstream.url, async (server) => {
        const answer = await load(server, { cookie: 'MoodleSession=abc' });
        expect([answer.status, upstream.received]).toEqual([502, []]);
        failure(answer, 502, 'upstream_unreachable');
      });
    });

    it('is reachable for a client that does not check certificates', async () => {
      const status = await new Promise((resolve, reject) => {
        const asked = httpsRequest(upstream.url, { method: 'POST', rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject);
        asked.end();
      });
      expect(status).toBe(200);
    });
  });
});

describe('without LEGACY_UPSTREAM_URL', () => {
  it('actions of the original are unknown', async () => {
    const server = await TestServer.start();
    try {
      const page = await LegacyClient.of(server);
      for (const encoding of encodings) {
        for (const action of ['load_project', 'save_project', 'proxy_chat']) {
          expect(failure(await page.call(action, {}, { encoding }), 400, 'invalid_action')).toBe('Invalid action');
          const stranger = await page.call(action, { sesskey: undefined, cmid: undefined }, { encoding });
          failure(stranger, 400, 'invalid_action');
        }
      }
    } finally {
      await server.stop();
    }
  });
});
