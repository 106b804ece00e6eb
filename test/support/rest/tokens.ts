import { createHmac } from 'node:crypto';

export const testSecret = 'kf83jfLq02mZx7Rb5WnT1vYc9sHd4gPe';

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Valid claims with these changes; undefined removes a claim. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { sub: '2', activity: 1, iat: seconds(), exp: seconds() + 600, ...changes };
}

interface Signing {
  header?: Record<string, unknown>;
  secret?: string | Buffer;
  hash?: string;
}

/** Signs a token without a library, so that it can be invalid in every way. */
export function signed(payload: unknown, { header = {}, secret = testSecret, hash = 'sha256' }: Signing = {}): string {
  const head = encode({ alg: 'HS256', typ: 'JWT', ...header });
  const body = encode(payload);
  const signature = createHmac(hash, secret).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${signature}`;
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Values of `sub` and `activity` that are not ids. */
export const wrongIds: [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['0', 0],
  ['"0"', '0'],
  ['-1', -1],
  ['"-1"', '-1'],
  ['a fraction', 1.5],
  ['a fraction as a string', '1.0'],
  ['one too many', 4294967296],
  ['one too many as a string', '4294967296'],
  ['beyond 32 bits', '99999999999'],
  ['beyond 2^53', 2 ** 60],
  ['empty', ''],
  ['with a space', '1 '],
  ['with a leading space', ' 1'],
  ['with a line break', '1\n'],
  ['with a leading zero', '01'],
  ['with a sign', '+1'],
  ['in powers of ten', '1e3'],
  ['hexadecimal', '0x1'],
  ['full-width', '１'],
  ['a name', 'admin'],
  ['true', true],
  ['a list', [1]],
  ['a list of a string', ['1']],
  ['an object', { id: 1 }],
];

type BadToken = [string, () => string];

const badlyMade: BadToken[] = [
  ['is expired', () => signed(claims({ exp: seconds() - 70 }))],
  ['expired long ago', () => signed(claims({ exp: 1 }))],
  ['is not valid yet', () => signed(claims({ nbf: seconds() + 70 }))],
  ['never expires', () => signed(claims({ exp: undefined }))],
  ['has exp null', () => signed(claims({ exp: null }))],
  ['has a string as exp', () => signed(claims({ exp: String(seconds() + 600) }))],
  ['is older than a week', () => signed(claims({ iat: seconds() - 604_900, exp: seconds() + 600 }))],
  ['is valid for longer than a week and has no iat', () => signed(claims({ iat: undefined, exp: 9_999_999_999 }))],
  ['was issued in the future', () => signed(claims({ iat: seconds() + 70 }))],
  ['has a text as iat', () => signed(claims({ iat: 'now' }))],
  ['is a logout token', () => signed(claims(), { header: { typ: 'logout+jwt' } })],
  ['has another typ', () => signed(claims(), { header: { typ: 'dpop+jwt' } })],
  ['has alg none and no signature', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['has alg None', () => `${encode({ alg: 'None' })}.${encode(claims())}.`],
  ['has alg none and a signature', () => signed(claims(), { header: { alg: 'none' } })],
  ['has no alg', () => signed(claims(), { header: { alg: undefined } })],
  ['is signed with another secret', () => signed(claims(), { secret: 'x'.repeat(32) })],
  ['is signed with an empty secret', () => signed(claims(), { secret: '' })],
  ['is signed with the secret as base64', () => signed(claims(), { secret: Buffer.from(testSecret, 'base64') })],
  ['is signed with HS512', () => signed(claims(), { header: { alg: 'HS512' }, hash: 'sha512' })],
  ['is signed with HS384', () => signed(claims(), { header: { alg: 'HS384' }, hash: 'sha384' })],
  ['has alg HS512 but is signed with HS256', () => signed(claims(), { header: { alg: 'HS512' } })],
  ['has alg RS256', () => signed(claims(), { header: { alg: 'RS256' } })],
  ['has alg ES256 and contains a key', () => signed(claims(), { header: { alg: 'ES256', jwk: { kty: 'EC' } } })],
  ['has alg hs256', () => signed(claims(), { header: { alg: 'hs256' } })],
  ['requires an unknown extension', () => signed(claims(), { header: { crit: ['x'], x: 1 } })],
  ['requires an extension that is not in its header', () => signed(claims(), { header: { crit: ['exp'] } })],
  ['has an empty crit', () => signed(claims(), { header: { crit: [] } })],
  ['has a payload that is not encoded', () => signed(claims(), { header: { crit: ['b64'], b64: false } })],
  ['had its user changed', () => tampered(1, claims({ sub: '3' }))],
  ['had its header changed', () => tampered(0, { alg: 'HS256' })],
  ['lacks its signature', () => signed(claims()).replace(/[^.]*$/, '')],
  ['lacks the end of its signature', () => signed(claims()).slice(0, -2)],
  ['has a fourth part', () => `${signed(claims())}.x`],
  ['has five parts', () => 'a.b.c.d.e'],
  ['has two parts', () => signed(claims()).replace(/\.[^.]*$/, '')],
  ['is encoded twice', () => Buffer.from(signed(claims())).toString('base64url')],
  ['has a payload that is a list', () => signed([claims()])],
  ['has a payload that is a string', () => signed('x')],
  ['has a payload that is null', () => signed(null)],
  ['is not a token', () => 'token'],
  ['is two dots', () => '..'],
  ['is huge', () => signed(claims({ sub: 'x'.repeat(8192) }))],
];

const badIds = wrongIds.map(([how, id]): [user: BadToken, activity: BadToken] => [
  [`has a user that is ${how}`, () => signed(claims({ sub: id }))],
  [`has an activity that is ${how}`, () => signed(claims({ activity: id }))],
]);

/** Tokens that a server with `testSecret` must reject: the reason, and how to create them. */
export const badTokens: BadToken[] = [...badlyMade, ...badIds.flat()];
/** The same, but each wrong id only once, as the user or as the activity. */
export const badTokenSample: BadToken[] = [
  ...badlyMade,
  ...badIds.map(([user, activity], index) => (index % 2 === 0 ? user : activity)),
];

function tampered(part: number, value: unknown): string {
  const parts = signed(claims()).split('.');
  parts[part] = encode(value);
  return parts.join('.');
}
