import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { AnswerChecker } from '../../support/hostile/check-answer.js';
import { legacyRequests } from '../../support/hostile/legacy-requests.js';
import type { HostileRequest } from '../../support/hostile/request.js';
import { restRequests } from '../../support/hostile/rest-requests.js';
import { HostileSender } from '../../support/hostile/sender.js';
import { TestServer } from '../../support/http/server.js';
import type { OpenApi } from '../../support/rest/openapi.js';
import { isFull } from '../../support/run/full.js';

const requests = Number(process.env.TEST_REQUESTS ?? (isFull ? 5000 : 1000));
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
/** For one request and its check on a busy machine, in ms. */
const maxMsEach = 50;

const document = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8')) as OpenApi;

describe(`generated requests, TEST_REQUESTS=${requests} TEST_SEED=${seed}`, () => {
  let server: TestServer;
  let sender: HostileSender;
  const checker = new AnswerChecker(document);

  beforeAll(async () => {
    server = await TestServer.start();
    sender = new HostileSender(server);
  });
  afterAll(() => server.stop());

  it.each([
    ['to the REST API', restRequests(document)],
    ['to the legacy endpoint', legacyRequests(document)],
  ])(
    '%s are answered as documented, without a 5xx, and what they save is what they have sent',
    async (_, generated) => {
      const statuses = new Map<number, number>();
      const property = fc.asyncProperty(generated, async (request: HostileRequest) => {
        const answer = await sender.send(request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect(checker.problems(request, answer)).toEqual([]);
        const { content } = request;
        if (content !== undefined) for (const found of await sender.contentsOf(answer)) expect(found).toBe(content);
      });
      await fc.assert(property, { numRuns: Math.ceil(requests / 2), seed, includeErrorInReport: true });
      // Requests that are all refused for one reason would show nothing.
      expect(statuses.get(200)).toBeGreaterThan(requests / 50);
    },
    60_000 + requests * maxMsEach,
  );

  const problem = {
    type: 'about:blank',
    title: 'x',
    status: 422,
    detail: 'x',
    instance: '/',
    code: 'validation_failed',
  };
  it.each<[string, number, string, object, RegExp]>([
    ['an internal error', 500, 'application/problem+json', { ...problem, requestId: '1' }, /^status 500/],
    ['an error without its request id', 422, 'application/problem+json', problem, /requestId is missing/],
    ['an error with another code', 422, 'application/problem+json', { ...problem, requestId: '1', code: 'x' }, /code/],
    ['an error of another type', 422, 'text/html', {}, /text\/html is not documented/],
    ['an answer with another field', 201, 'application/json', { password: 'x' }, /password is not described/],
    ['a status that is not documented', 206, 'application/json', {}, /206 is not documented/],
  ])('the check finds %s', (_, status, type, body, found) => {
    const request = { ...{ method: 'POST', path: '/api/v1/messages', target: '/' }, headers: {} };
    const answer = { status, headers: new Headers({ 'content-type': type }), text: JSON.stringify(body), body };
    const all = checker.problems({ ...request, body: undefined, content: undefined }, answer);
    expect(all.join('\n')).toMatch(found);
  });
});
