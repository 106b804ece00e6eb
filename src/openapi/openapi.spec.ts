import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { root } from '../../test/architecture/source-imports.js';
import { SchemaChecker } from '../../test/support/rest/json-schema.js';
import { examplesOf, operationsOf, type NamedOperation, type OpenApi } from '../../test/support/rest/openapi.js';
import { withoutLimits } from '../../test/support/http/without-limits.js';
import { createApp } from '../app.setup.js';
import { IS_PUBLIC } from '../auth/public.decorator.js';
import { errorCatalogue } from '../legacy/docs/error-catalogue.js';
import { readConfig } from '../config/read-config.js';
import { sampleEnvironment } from './sample-config.js';
import { openApiDocument } from './openapi.js';
import { problemCatalogue, type ProblemEntry } from './problem-catalogue.js';

const problemJson = 'application/problem+json';
const openPaths = ['/livez', '/readyz'];
/** Requires a Moodle login instead of a token. */
const tokenPath = '/api/v1/token';
/** Has its own error format and authentication, which other tests cover. */
const legacyTag = 'legacy';
const catalogue: Record<string, ProblemEntry> = problemCatalogue;
/** Metadata of `@ApiExcludeController()`. */
const undocumented = 'swagger/apiExcludeController';

interface Route {
  method: string;
  path: string;
  open: boolean;
}

describe('the OpenAPI document', () => {
  let app: NestFastifyApplication;
  let document: OpenApi;
  let operations: NamedOperation[];
  let rest: NamedOperation[];

  beforeAll(async () => {
    const config = readConfig({ ...sampleEnvironment, ...withoutLimits });
    app = await createApp(config, pino({ level: 'silent' }));
    await app.init();
    document = JSON.parse(JSON.stringify(openApiDocument(app))) as OpenApi;
    operations = operationsOf(document);
    rest = operations.filter(({ tags = [] }) => !tags.includes(legacyTag));
  });
  afterAll(() => app.close());

  it('equals the committed openapi.json (update it with npm run openapi)', () => {
    const text = readFileSync(join(root, 'openapi.json'), 'utf8');
    expect(document).toEqual(JSON.parse(text));
    expect(text).toBe(`${JSON.stringify(document, undefined, 2)}\n`);
  });

  it('is OpenAPI 3.1 with a relative server URL', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toMatchObject([{ url: '/' }]);
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('has exactly the routes of the application', () => {
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    const real = routesOf(app).map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(documented.sort()).toEqual(real.sort());
    expect(real.length).toBeGreaterThanOrEqual(14);
  });

  it('has unique operation ids', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it('describes every operation and gives it one known tag', () => {
    const tags = document.tags.map(({ name }) => [name]);
    for (const { summary = '', description = '', tags: own } of operations) {
      expect(summary).toMatch(/^[A-Z].{5,60}$/);
      expect(description).toMatch(/^[A-Z].{10,}\.$/);
      expect(tags).toContainEqual(own);
    }
  });

  it('describes every parameter and has every path parameter', () => {
    for (const { path, parameters = [] } of operations) {
      expect(parameters.filter(({ description = '', schema }) => description === '' || !schema)).toEqual([]);
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(named.sort()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort());
    }
  });

  it('requires a token for all but the health routes, which have no security requirement at all', () => {
    for (const operation of rest) {
      const { path, security } = operation;
      expect([path, 'security' in operation]).toEqual([path, !openPaths.includes(path)]);
      if (security) expect([path, security]).toEqual([path, [{ [path === tokenPath ? 'moodle' : 'bearer']: [] }]]);
    }
  });

  it("lists a token in the header, Moodle's cookie and a token in the form for the legacy endpoint", () => {
    const legacy = operations.filter(({ tags = [] }) => tags.includes(legacyTag));
    expect(legacy).toHaveLength(2);
    for (const { security = [] } of legacy) {
      expect(security).toHaveLength(3);
      expect(security).toEqual(expect.arrayContaining([{ bearer: [] }, { moodle: [] }, {}]));
    }
    expect(document.components.securitySchemes).toMatchObject({ moodle: { in: 'cookie' } });
  });

  it('has no default in a request body: generated clients would require the field', () => {
    const checker = new SchemaChecker(document.components.schemas);
    const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
    expect(bodies.length).toBeGreaterThan(5);
    const fields = bodies.flatMap(({ schema = {} }) => Object.entries(checker.resolve(schema).properties ?? {}));
    const schemas = [...bodies.map(({ schema = {} }) => schema), ...fields.map(([, field]) => field)];
    expect(schemas.filter((schema) => 'default' in checker.resolve(schema))).toEqual([]);
    // Fields of fields are not looked into.
    expect(fields.filter(([, { items, properties }]) => properties ?? items?.properties)).toEqual([]);
  });

  it('has every code of a problem as an enum', () => {
    const { properties = {} } = document.components.schemas.ProblemDto ?? {};
    expect(properties.code?.enum).toEqual(Object.keys(catalogue));
    const { properties: ofLegacy = {} } = document.components.schemas.LegacyFailureDto ?? {};
    expect(ofLegacy.code?.enum).toEqual(Object.keys(errorCatalogue));
  });

  it('has a success response with an example that matches its schema', () => {
    const checker = new SchemaChecker(document.components.schemas);
    for (const { operationId, responses } of operations) {
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect(good).not.toEqual([]);
      for (const [status, { description, content }] of good) {
        expect(description).not.toBe('');
        if (status === '204') expect(content).toBeUndefined();
        else expectExamples(`${operationId} ${status}`, content?.['application/json'], checker);
      }
    }
  });

  it('has an example of every body that matches its schema', () => {
    const checker = new SchemaChecker(document.components.schemas);
    for (const { operationId, method, requestBody } of operations) {
      if (requestBody) expectExamples(operationId, requestBody.content['application/json'], checker);
      else expect(method).not.toBe('PATCH');
    }
  });

  it('has the problems of every operation with the examples of the catalogue', () => {
    const checker = new SchemaChecker(document.components.schemas);
    for (const operation of rest) {
      const problems = problemsOf(operation);
      const codes = problems.map(({ code }) => code);
      expect(new Set(codes).size).toBe(codes.length);
      expect(codes).toEqual(expect.arrayContaining(leastProblems(operation)));
      for (const { status, problem, code, schema } of problems) {
        expect(checker.problems(problem, schema ?? {}, `${operation.operationId} ${code}`)).toEqual([]);
        const { detail, errors } = catalogue[code] ?? { detail: 'not in the catalogue' };
        expect(problem).toMatchObject({ status: Number(status), code, detail, ...(errors && { errors }) });
        expect(catalogue[code]?.status).toBe(Number(status));
      }
    }
  });

  it('documents response headers', () => {
    for (const { responses } of operations) {
      if (responses['201']) expect(responses['201'].headers).toHaveProperty('Location');
      if (responses['401']) expect(responses['401'].headers).toHaveProperty('WWW-Authenticate');
      if (responses['503']) expect(responses['503'].headers).toHaveProperty('Retry-After');
    }
  });

  it('matches the server: all routes but the health ones reject requests without a token', async () => {
    const closed = routesOf(app).filter(({ path }) => !path.startsWith('/mod/'));
    for (const { method, path, open } of closed) {
      expect(open).toBe([...openPaths, tokenPath].includes(path));
      const payload = path === tokenPath ? { cmid: 1, sesskey: 'x' } : undefined;
      const { statusCode } = await app.inject({ method: method as 'GET', url: path.replace(/:\w+/g, '1'), payload });
      if (openPaths.includes(path)) expect([200, 503]).toContain(statusCode);
      else expect(statusCode).toBe(401);
    }
  });
});

function expectExamples(name: string, content: Parameters<typeof examplesOf>[1] | undefined, checker: SchemaChecker) {
  expect(content?.schema).toBeDefined();
  const examples = examplesOf({ components: { schemas: checker.schemas } } as OpenApi, content ?? {});
  expect({ name, examples }).not.toEqual({ name, examples: [] });
  for (const example of examples) expect(checker.problems(example, content?.schema ?? {}, name)).toEqual([]);
}

function problemsOf({ responses }: NamedOperation) {
  return Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content[problemJson]?.examples ?? {}).map(([code, { value }]) => ({
      status,
      code,
      problem: value,
      schema: content[problemJson]?.schema,
    })),
  );
}

/** The codes of the problems that an operation of this kind can return at least. */
function leastProblems({ path, parameters = [], requestBody }: NamedOperation): string[] {
  const hasQuery = parameters.some((parameter) => parameter.in === 'query');
  return [
    ...['misdirected_request', 'too_many_requests', 'internal_error'],
    ...(openPaths.includes(path) ? [] : ['unauthenticated', 'authentication_unavailable']),
    ...(openPaths.includes(path) || path === tokenPath ? [] : ['database_unavailable']),
    ...(requestBody ? ['malformed_json', 'repeated_field', 'body_too_large', 'unsupported_media_type'] : []),
    ...(requestBody || hasQuery ? ['validation_failed'] : []),
    ...(path.includes('{sessionId}') ? ['session_not_found'] : []),
    ...(path.includes('{messageId}') ? ['message_not_found'] : []),
    ...(path.endsWith('/active') ? ['no_active_session'] : []),
    ...(path === '/readyz' ? ['not_ready'] : []),
  ];
}

/** The routes of the controllers' decorators, documented or not. */
function routesOf(app: NestFastifyApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .filter(({ metatype }) => !Reflect.hasMetadata(undocumented, metatype ?? Object));
  return controllers.flatMap(({ metatype }) => {
    const controller = metatype as Type;
    const prototype = controller.prototype as Record<string, unknown>;
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
      const path = `/${base}/${Reflect.getMetadata(PATH_METADATA, handler) as string}`;
      return {
        method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
        path: path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
        open: [handler, controller].some((target) => Reflect.getMetadata(IS_PUBLIC, target) === true),
      };
    });
  });
}
