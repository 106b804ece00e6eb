import fc, { type Arbitrary } from 'fast-check';

/** A generated request. */
export interface HostileRequest {
  method: string;
  /** The path in the OpenAPI document; undefined for a target that is none of its paths. */
  path: string | undefined;
  /** As it is sent, with placeholders for ids that exist. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  /** The content, when the request is a save whose body has exactly one. */
  content: string | undefined;
}

/** Stand in a request for the ids and the token of the owner who sends it. No encoding changes them. */
export const placeholders = {
  session: 'PLACEHOLDER_SESSION',
  message: 'PLACEHOLDER_MESSAGE',
  token: 'PLACEHOLDER_TOKEN',
};

/** Methods besides those of the OpenAPI document. */
export const otherMethods = fc.constantFrom('HEAD', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'PATCH', 'DELETE');

/** Visible ASCII, which a client can send in every header. */
const headerText = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });

const oddHeaders: Arbitrary<Record<string, string>> = fc.oneof(
  fc.constantFrom<Record<string, string>>(
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'identity' },
    { 'transfer-encoding': 'chunked' },
    { accept: 'text/html' },
    { accept: 'application/json;q=0' },
    { 'accept-encoding': 'br;q=0, *;q=0' },
    { range: 'bytes=0-1' },
    { expect: '100-continue' },
    { expect: 'x' },
    { connection: 'close, x-request-id' },
    { te: 'trailers' },
    { 'x-long': 'x'.repeat(10_000) },
    { 'x-latin-1': 'é\u00ff' },
    { 'content-type': '' },
    { 'content-type': 'multipart/form-data; boundary=' },
    { 'content-type': 'application/vnd.api+json' },
    { 'content-type': 'application/json; charset="' },
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { cookie: 'a=b; MoodleSession=x; =; ;;' },
    { 'x-forwarded-for': '192.0.2.1, ::1' },
    { 'x-forwarded-prefix': '/x' },
    { 'x-http-method-override': 'DELETE' },
    { host: 'evil.example' },
    { upgrade: 'websocket' },
    { 'if-none-match': '*' },
    { 'access-control-request-method': 'DELETE', origin: 'http://localhost:1' },
  ),
  fc
    .tuple(fc.constantFrom('idempotency-key', 'if-none-match', 'x-request-id', 'accept', 'authorization'), headerText)
    .map(([name, value]) => ({ [name]: value })),
);

/** Mostly none; else headers that change how a request is read or answered. */
export const extraHeaders: Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: oddHeaders },
);

type Damage = (body: Buffer) => Buffer;

/** Mostly none; else the body is cut, repeated, or has bytes that are no UTF-8. */
export const damage: Arbitrary<Damage | undefined> = fc.oneof(
  { weight: 15, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Damage>(
      (body) => body.subarray(0, body.length / 2),
      (body) => Buffer.concat([body, body]),
      (body) => Buffer.concat([Buffer.from('\ufeff'), body]),
      (body) => Buffer.concat([body, Buffer.from([0xff, 0xfe, 0])]),
      (body) => Buffer.from(body.toString(), 'utf16le'),
      () => Buffer.alloc(0),
      () => Buffer.from('[]'),
    ),
  },
);
