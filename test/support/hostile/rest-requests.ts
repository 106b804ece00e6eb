import fc, { type Arbitrary } from 'fast-check';
import { operationsOf, type NamedOperation, type OpenApi } from '../rest/openapi.js';
import type { Schema } from '../rest/json-schema.js';
import { jsonFor, textFor } from './schema-values.js';
import { anyText, wrongJson } from './texts.js';
import { damage, extraHeaders, otherMethods, placeholders, type HostileRequest } from './request.js';

/** Fields that nobody may set, and names that are special in JavaScript. */
const foreignFields = [
  'userId',
  'activityId',
  'isActive',
  'is_active',
  'createdAt',
  'sequence',
  '__proto__',
  'toString',
];

/** Requests to every operation of the OpenAPI document that speaks JSON. */
export function restRequests(document: OpenApi): Arbitrary<HostileRequest> {
  const operations = operationsOf(document).filter(({ path }) => path.startsWith('/api/') && path !== '/api/v1/token');
  return fc.oneof(
    { weight: 20, arbitrary: fc.oneof(...operations.map((operation) => requestTo(document, operation))) },
    { weight: 1, arbitrary: strayRequests },
  );
}

/** Requests for paths that are not in the document, or are written in an unusual way. */
const strayRequests: Arbitrary<HostileRequest> = fc
  .record({
    method: fc.oneof(fc.constantFrom('GET', 'POST'), otherMethods),
    target: fc.oneof(
      fc.constantFrom(
        '*',
        '//',
        '/api',
        '/api/v1/sessions/',
        '//api/v1/sessions',
        '/api//v1/sessions',
        '/API/v1/sessions',
      ),
      fc.constantFrom(
        '/api/v1/../v1/sessions',
        '/api/v1/sessions/%2e%2e/active',
        '/%',
        '/a\\b',
        '/;x',
        'http://x/api/v1/sessions',
      ),
      fc.constantFrom(
        '/docs/..%2f..%2fpackage.json',
        '/docs/%2e%2e/x',
        '/client/../../package.json',
        '/.env',
        '/docs/%00',
      ),
      fc.constantFrom(`/${'x'.repeat(9000)}`, `/api/v1/sessions/${'x'.repeat(9000)}`, `/?${'a=b&'.repeat(2000)}`),
      anyText.map((text) => `/${encodePart(text)}`),
      anyText.map((text) => `/api/v1/${encodePart(text)}`),
    ),
    headers: extraHeaders,
  })
  .map(({ method, target, headers }) => ({
    ...{ method, target, path: undefined, body: undefined, content: undefined },
    headers: { authorization: `Bearer ${placeholders.token}`, ...headers },
  }));

function requestTo(document: OpenApi, operation: NamedOperation): Arbitrary<HostileRequest> {
  return fc
    .record({
      method: fc.oneof(
        { weight: 20, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: otherMethods },
      ),
      target: targetOf(operation),
      headers: extraHeaders,
      type: fc.oneof(
        { weight: 20, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'x', 'multipart/form-data'),
        },
      ),
      body: bodyOf(document, operation),
    })
    .map(({ method, target, headers, type, body }) => ({
      method,
      path: operation.path,
      target,
      headers: {
        authorization: `Bearer ${placeholders.token}`,
        ...(body && { 'content-type': type }),
        ...headers,
      },
      body: body?.body,
      content: body?.content,
    }));
}

function targetOf({ path, parameters = [] }: NamedOperation): Arbitrary<string> {
  const values = parameters
    .filter((parameter) => parameter.in === 'path')
    .map(({ name, schema = {} }) => {
      const known = name === 'sessionId' ? placeholders.session : placeholders.message;
      return fc.oneof(
        { weight: 12, arbitrary: fc.constant(known) },
        { weight: 2, arbitrary: textFor(schema).map(encodePart) },
        { weight: 1, arbitrary: fc.constantFrom('%zz', '%00', '%2e%2e', '%c3%28', 'a%2Fb', 'active', 'default') },
      );
    });
  const query = parameters.filter((parameter) => parameter.in === 'query');
  // Built once: `chain` would build the generators of a value for every request.
  const pair = fc.oneof(
    ...[...query, { name: 'x', schema: {} }].map(({ name, schema = {} }) =>
      textFor(schema).map((value) => `${name}=${encodePart(value)}`),
    ),
  );
  const pairs = fc.array(pair, { maxLength: 3 });
  return fc.tuple(fc.tuple(...values), pairs).map(([texts, queries]) => {
    let index = 0;
    const filled = path.replace(/\{\w+\}/g, () => texts[index++] ?? '');
    return queries.length === 0 ? filled : `${filled}?${queries.join('&')}`;
  });
}

/** An unpaired surrogate has no UTF-8, so it is sent as the bytes that other languages write. */
function encodePart(text: string): string {
  // Longer targets are refused by Node: 16 KiB of headers.
  return text.slice(0, 1000).replace(/[\s\S]/gu, (one) => (one.isWellFormed() ? encodeURIComponent(one) : '%ED%A0%80'));
}

interface JsonBody {
  body: Buffer;
  content: string | undefined;
}

function bodyOf(document: OpenApi, { requestBody }: NamedOperation): Arbitrary<JsonBody | undefined> {
  const schema = requestBody?.content['application/json']?.schema;
  if (!schema) {
    const stray = fc.constantFrom('{}', 'null', 'x').map((text) => ({ body: Buffer.from(text), content: undefined }));
    return fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: stray });
  }
  const named = document.components.schemas[schema.$ref?.replace('#/components/schemas/', '') ?? ''] ?? schema;
  const objects = objectText(named);
  const texts = fc.oneof({ weight: 30, arbitrary: objects }, { weight: 1, arbitrary: wrongJson });
  return fc.tuple(texts, damage).map(([text, change]) => ({
    body: change ? change(Buffer.from(text)) : Buffer.from(text),
    content: change ? undefined : contentOf(text),
  }));
}

/** The JSON text of an object with the fields of the schema, of which some are missing, repeated or foreign. */
function objectText({ properties = {}, required = [] }: Schema): Arbitrary<string> {
  const fields = Object.entries(properties).map(([name, schema]) =>
    fc.tuple(fc.nat({ max: 19 }), jsonFor(schema)).map(([chance, json]) => {
      const isThere = required.includes(name) ? chance > 0 : chance < 7;
      return isThere ? [[name, json]] : [];
    }),
  );
  const foreign = fc.tuple(fc.constantFrom(...foreignFields, ...Object.keys(properties)), wrongJson);
  const strange = fc.tuple(anyText, wrongJson);
  const extra = fc.oneof(
    { weight: 20, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.oneof(foreign, strange), { maxLength: 60 }) },
  );
  return fc.tuple(fc.tuple(...fields), extra).map(([known, more]) => {
    const all = [...known.flat(), ...more];
    return `{${all.map(([name = '', json = '']) => `${JSON.stringify(name)}:${json}`).join()}}`;
  });
}

function contentOf(text: string): string | undefined {
  try {
    const { content } = JSON.parse(text) as { content?: unknown };
    return typeof content === 'string' ? content : undefined;
  } catch {
    return undefined;
  }
}
