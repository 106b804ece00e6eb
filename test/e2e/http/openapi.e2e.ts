import { request } from 'node:http';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import type { Answer, Client } from '../../support/rest/client.js';
import { expectStatus } from '../../support/rest/client.js';
import { SchemaChecker } from '../../support/rest/json-schema.js';
import { examplesOf, operationsOf, type NamedOperation, type OpenApi } from '../../support/rest/openapi.js';
import { TestServer } from '../../support/http/server.js';

const maxContentBytes = 2000;

describe('the OpenAPI document compared with the server', () => {
  let server: TestServer;
  let client: Client;
  let document: OpenApi;
  let checker: SchemaChecker;
  let sessionId: string;

  beforeAll(async () => {
    server = await TestServer.start({ CONTENT_MAX_BYTES: String(maxContentBytes) });
    document = expectStatus(await (await server.client()).call<OpenApi>('GET', '/openapi.json'), 200);
    checker = new SchemaChecker(document.components.schemas);
  });
  beforeEach(async () => {
    client = await server.client();
    sessionId = await client.newSession({ metadata: { course: 'history' } });
  });
  afterAll(() => server.stop());

  it.each(['createSession', 'changeSession', 'changeSessions', 'saveMessage', 'saveMessageToActiveSession'])(
    '%s: its example can be sent unchanged, and the answer is as described',
    async (operationId) => {
      const operation = operationOf(operationId);
      const bodies = examplesOf(document, operation.requestBody?.content['application/json'] ?? {});
      expect(bodies.length).toBeGreaterThan(0);
      for (const body of bodies) {
        const answer = await call(operation, body);
        expect([200, 201]).toContain(answer.status);
        expectDescribed(operation, answer);
        if (answer.status === 201) expect(answer.headers.get('location')).toMatch(/^\/api\/v1\//);
      }
    },
  );

  it.each(['listSessions', 'getActiveSession', 'getSession', 'activateSession', 'listMessages', 'getMessage'])(
    '%s: the answer is as described, and has what the example has',
    async (operationId) => {
      const operation = operationOf(operationId);
      const named = { content: 'said', clientMessageId: 'name' };
      const { id } = expectStatus(await client.save(sessionId, named), 201);
      const answer = await call(operation, undefined, id);
      expect(answer.status).toBe(200);
      expectDescribed(operation, answer);
      const [example] = examplesOf(document, operation.responses['200']?.content?.['application/json'] ?? {});
      expect(shape(answer.body)).toEqual(shape(example));
    },
  );

  it('a page that is not the last has a nextCursor as described', async () => {
    await client.newSession();
    const operation = operationOf('listSessions');
    const answer = await client.call<{ nextCursor: unknown }>('GET', `${operation.path}?limit=1`);
    expect(typeof answer.body.nextCursor).toBe('string');
    expectDescribed(operation, answer);
  });

  it('afterSequence can be sent together with all defaults, as Swagger UI sends it', async () => {
    const query = new URLSearchParams({ afterSequence: '0' });
    for (const { name, schema } of operationOf('listMessages').parameters ?? []) {
      if (schema?.default !== undefined) query.set(name, String(schema.default));
    }
    expect(query.get('limit')).toBe('50');
    expectStatus(await client.messages(sessionId, `?${query.toString()}`), 200);
  });

  it.each(['deleteSession', 'clearMessages'])('%s: the answer is empty, as described', async (operationId) => {
    const answer = await call(operationOf(operationId));
    expect(answer).toMatchObject({ status: 204, text: '' });
  });

  it.each(['getLiveness', 'getReadiness'])('%s: the answer is as described', async (operationId) => {
    const operation = operationOf(operationId);
    const answer = await call(operation);
    expectDescribed(operation, answer);
  });

  it('problems equal their examples, except for the fields about the request', async () => {
    const nowhere = '/api/v1/sessions/nowhere';
    const post = (raw: string, headers = {}) => client.call('POST', '/api/v1/sessions', undefined, { raw, headers });
    expectStatus(await client.save(sessionId, { content: 'one', clientMessageId: 'taken' }), 201);
    const stranger = await server.client();
    const answers = [
      await post('{'),
      await post('{"title":"a","title":"b"}'),
      await post('{}', { authorization: 'Bearer nonsense' }),
      await client.call('GET', nowhere),
      await client.call('GET', `/api/v1/sessions/${sessionId}/messages/1000000000`),
      await stranger.call('GET', '/api/v1/sessions/active'),
      (await client.save(sessionId, { content: 'two', clientMessageId: 'taken' })) as unknown as Answer<ProblemDto>,
      await post(JSON.stringify({ title: 'x'.repeat(7 * maxContentBytes + 65_536) })),
      await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      await client.call('POST', '/api/v1/sessions', { title: ' ' }),
    ];
    const codes = answers.map(({ body }) => body.code);
    expect(codes).toEqual([
      ...['malformed_json', 'repeated_field', 'unauthenticated', 'session_not_found', 'message_not_found'],
      ...['no_active_session', 'client_message_id_conflict', 'body_too_large', 'unsupported_media_type'],
      'validation_failed',
    ]);
    for (const { body, headers, status } of answers) {
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      for (const example of examplesOfProblem(body.code, status)) {
        expect(Object.keys(body)).toEqual(Object.keys(example));
        expect(withoutRequest(body)).toEqual(withoutRequest(example));
      }
    }
  });

  it('a foreign Host gets the problem of the example, and no token of the docs page', async () => {
    const { status, text } = await getAs('attacker.example', '/docs/swagger-ui-init.js');
    expect(status).toBe(421);
    const problem = JSON.parse(text) as ProblemDto;
    for (const example of examplesOfProblem('misdirected_request', 421)) {
      expect(Object.keys(problem)).toEqual(Object.keys(example));
      expect(withoutRequest(problem)).toEqual(withoutRequest(example));
    }
  });

  function operationOf(operationId: string): NamedOperation {
    const operation = operationsOf(document).find((one) => one.operationId === operationId);
    if (!operation) throw new Error(`there is no operation ${operationId}`);
    return operation;
  }

  function call({ method, path }: NamedOperation, body?: unknown, messageId = ''): Promise<Answer<unknown>> {
    return client.call(method, path.replace('{sessionId}', sessionId).replace('{messageId}', messageId), body);
  }

  function expectDescribed({ responses, operationId }: NamedOperation, { status, body, headers }: Answer<unknown>) {
    const schema = responses[status]?.content?.['application/json']?.schema;
    expect(schema).toBeDefined();
    expect(checker.problems(body, schema ?? {}, operationId)).toEqual([]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  }

  /** The examples of a problem in all operations. */
  function examplesOfProblem(code: string, status: number): ProblemDto[] {
    const examples = operationsOf(document).flatMap(({ responses }) => {
      const { value } = responses[status]?.content?.['application/problem+json']?.examples?.[code] ?? {};
      return value === undefined ? [] : [value as ProblemDto];
    });
    expect(examples.length).toBeGreaterThan(0);
    return examples;
  }

  function getAs(host: string, path: string): Promise<{ status: number | undefined; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${server.url}${path}`, { headers: { host }, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => {
          resolve({ status: response.statusCode, text });
        });
      });
      sent.once('error', reject);
      sent.end();
    });
  }
});

/** The fields of a problem that do not depend on the request. */
function withoutRequest(problem: ProblemDto): Record<string, unknown> {
  return Object.fromEntries(Object.entries(problem).filter(([name]) => name !== 'instance' && name !== 'requestId'));
}

/** The fields of a value and their types. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (value === null) return 'text or null';
  if (typeof value !== 'object') return typeof value;
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) => [name, shape(field)] as const);
  return Object.fromEntries(
    fields.map(([name, type]) => [name, /^(nextCursor|clientMessageId)$/.test(name) ? 'text or null' : type]),
  );
}
