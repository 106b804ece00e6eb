import { createHmac } from 'node:crypto';

export const testSecret = 'kf83jfLq02mZx7Rb5WnT1vYc9sHd4gPe';

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Claims that are right, but for what is given; undefined takes one out. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { sub: '2', activity: 1, iat: seconds(), exp: seconds() + 600, ...changes };
}

interface Signing {
  header?: Record<string, unknown>;
  secret?: string | Buffer;
  hash?: string;
}

/** A token made by hand, so that it can be wrong in every way. */
export function signed(payload: unknown, { header = {}, secret = testSecret, hash = 'sha256' }: Signing = {}): string {
  const head = encode({ alg: 'HS256', typ: 'JWT', ...header });
  const body = encode(payload);
  const signature = createHmac(hash, secret).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${signature}`;
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Values of `sub` and `activity` that name nobody. */
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
  ['beyond all numbers', '99999999999'],
  ['beyond 2^53', 2 ** 60],
  ['empty', ''],
  ['with a space', '1 '],
  ['with a space before', ' 1'],
  ['with a line break', '1\n'],
  ['with a zero before', '01'],
  ['with a sign', '+1'],
  ['in powers of ten', '1e3'],
  ['hexadecimal', '0x1'],
  ['full-width', '１'],
  ['a word', 'admin'],
  ['true', true],
  ['a list', [1]],
  ['a list of a string', ['1']],
  ['an object', { id: 1 }],
];

type BadToken = [string, () => string];

const badlyMade: BadToken[] = [
  ['is expired', () => signed(claims({ exp: seconds() - 60 }))],
  ['expired long ago', () => signed(claims({ exp: 1 }))],
  ['is not valid yet', () => signed(claims({ nbf: seconds() + 60 }))],
  ['never expires', () => signed(claims({ exp: undefined }))],
  ['expires at null', () => signed(claims({ exp: null }))],
  ['expires at a string', () => signed(claims({ exp: String(seconds() + 600) }))],
  ['is older than a week', () => signed(claims({ iat: seconds() - 604_900, exp: seconds() + 600 }))],
  [
    'is for longer than a week, and does not say since when',
    () => signed(claims({ iat: undefined, exp: 9_999_999_999 })),
  ],
  ['was issued in the future', () => signed(claims({ iat: seconds() + 60 }))],
  ['was issued at a text', () => signed(claims({ iat: 'now' }))],
  ['is one that ends a login', () => signed(claims(), { header: { typ: 'logout+jwt' } })],
  ['is of a type of its own', () => signed(claims(), { header: { typ: 'dpop+jwt' } })],
  ['has alg none and no signature', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['has alg None', () => `${encode({ alg: 'None' })}.${encode(claims())}.`],
  ['has alg none and a signature', () => signed(claims(), { header: { alg: 'none' } })],
  ['has no alg', () => signed(claims(), { header: { alg: undefined } })],
  ['is signed with another secret', () => signed(claims(), { secret: 'x'.repeat(32) })],
  ['is signed with an empty secret', () => signed(claims(), { secret: '' })],
  ['is signed with the secret as base64', () => signed(claims(), { secret: Buffer.from(testSecret, 'base64') })],
  ['is signed with HS512', () => signed(claims(), { header: { alg: 'HS512' }, hash: 'sha512' })],
  ['is signed with HS384', () => signed(claims(), { header: { alg: 'HS384' }, hash: 'sha384' })],
  ['says HS512 but is HS256', () => signed(claims(), { header: { alg: 'HS512' } })],
  ['says RS256', () => signed(claims(), { header: { alg: 'RS256' } })],
  ['says ES256 and brings a key', () => signed(claims(), { header: { alg: 'ES256', jwk: { kty: 'EC' } } })],
  ['says hs256', () => signed(claims(), { header: { alg: 'hs256' } })],
  ['asks for an unknown extension', () => signed(claims(), { header: { crit: ['x'], x: 1 } })],
  ['asks for an extension that is not there', () => signed(claims(), { header: { crit: ['exp'] } })],
  ['has an empty crit', () => signed(claims(), { header: { crit: [] } })],
  ['has a payload that is not encoded', () => signed(claims(), { header: { crit: ['b64'], b64: false } })],
  ['had its user changed', () => tampered(1, claims({ sub: '3' }))],
  ['had its header changed', () => tampered(0, { alg: 'HS256' })],
  ['lacks its signature', () => signed(claims()).replace(/[^.]*$/, '')],
  ['lacks the end of its signature', () => signed(claims()).slice(0, -2)],
  ['has a fourth part', () => `${signed(claims())}.x`],
  ['has five parts', () => 'a.b.c.d.e'],
  ['has two parts', () => signed(claims()).replace(/\.[^.]*$/, '')],
  ['is encoded once more', () => Buffer.from(signed(claims())).toString('base64url')],
  ['has a payload that is a list', () => signed([claims()])],
  ['has a payload that is a string', () => signed('x')],
  ['has a payload that is null', () => signed(null)],
  ['is a word', () => 'token'],
  ['is points', () => '..'],
  ['is huge', () => signed(claims({ sub: 'x'.repeat(8192) }))],
];

const badIds = wrongIds.map(([how, id]): [user: BadToken, activity: BadToken] => [
  [`has a user that is ${how}`, () => signed(claims({ sub: id }))],
  [`has an activity that is ${how}`, () => signed(claims({ activity: id }))],
]);

/** Tokens that must not be taken by a server with `testSecret`: why, and how they are made. */
export const badTokens: BadToken[] = [...badlyMade, ...badIds.flat()];
/** Those with each of the wrong ids once, as the user or as the activity. */
export const badTokenSample: BadToken[] = [
  ...badlyMade,
  ...badIds.map(([user, activity], index) => (index % 2 === 0 ? user : activity)),
];

function tampered(part: number, value: unknown): string {
  const parts = signed(claims()).split('.');
  parts[part] = encode(value);
  return parts.join('.');
}
