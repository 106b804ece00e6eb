import type { ServerResponse } from 'node:http';
import { numbers } from '../../../support/database/access.js';
import { bodyOfPairs, rawLegacy } from '../../../support/legacy/bodies.js';
import { failure } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream, project } from '../../../support/legacy/upstream.js';
import { testSecret } from '../../../support/rest/tokens.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const { body, type } = bodyOfPairs([['action', 'load_project']], 'urlencoded');

describe('the connections to the original endpoint', () => {
  let upstream: Upstream;
  let server: TestServer;
  let held: ServerResponse[];
  let sent: ReturnType<typeof load>[];

  beforeAll(async () => {
    upstream = await Upstream.start();
    upstream.answer = (response) => held.push(response);
    const environment = { TRUSTED_PROXIES: '127.0.0.1', JWT_SECRET: testSecret };
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url, ...environment });
  });
  beforeEach(() => {
    [held, sent] = [[], []];
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  const load = (address: string) =>
    rawLegacy(server, { body, headers: { 'content-type': type, 'x-forwarded-for': address } });

  /** Sends 70 requests, and expects so many to be forwarded and the others to be refused. */
  const expectForwarded = async (address: string, count: number) => {
    const before = held.length;
    let refused = 0;
    for (const request of numbers(70).map(() => load(address))) {
      sent.push(request);
      void request.then(({ status }) => (refused += status === 503 ? 1 : 0));
    }
    await waitUntil(() => held.length - before + refused === 70);
    expect([held.length - before, refused]).toEqual([count, 70 - count]);
  };

  it('are at most half for one caller, and for two so many that some are left', async () => {
    await expectForwarded('192.0.2.1', 64);
    await expectForwarded('192.0.2.2', 32);
    await expectForwarded('192.0.2.1', 0);
    await expectForwarded('192.0.2.3', 16);
    held.forEach((response) => response.end(project));
    const answers = await Promise.all(sent);
    for (const answer of answers.filter(({ text }) => text !== project)) failure(answer, 503, 'upstream_busy');
    expect(answers.filter(({ text }) => text === project)).toHaveLength(64 + 32 + 16);
  });

  it('are free again when their responses have ended', async () => {
    await expectForwarded('192.0.2.3', 64);
    held.forEach((response) => response.end(project));
    await Promise.all(sent);
  });
});
