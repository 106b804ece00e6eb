import type { TypedBody } from './bodies.js';

/** A form that two parsers may read differently. Texts are bytes in Latin 1. */
export type OddForm = [title: string, form: TypedBody];

const type = 'multipart/form-data; boundary=cut';
const ours = 'append_message';

/** A part with these header lines. */
const raw = (headers: string, value: string, end = '\r\n') => `--cut${end}${headers}${end}${end}${value}${end}`;
/** A part whose `Content-Disposition` continues like this. */
const of = (parameters: string, value: string, end?: string) =>
  raw(`Content-Disposition: form-data; ${parameters}`, value, end);
const harmless = of('name="action"', 'load_project');
const known = of('name="action"', ours);
const last = '--cut--\r\n';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const multipart = (title: string, body: string, as = type): OddForm => [title, { body: bytes(body), type: as }];
const named = (name: string): OddForm => multipart(`the name ${name}`, of(name, ours) + last);
const sentAs = (as: string): OddForm => multipart(`the type ${as}`, known + last, as);

/** Multipart forms: each has one of our actions in some form, which PHP may or may not read. */
export const oddMultipartForms: OddForm[] = [
  multipart('one part', known + last),
  multipart('line feeds alone', known.replaceAll('\r', '') + last),
  multipart('line feeds in the headers', of('name="action"', ours, '\n') + last),
  multipart('line feeds in the second part', harmless + known.replaceAll('\r', '') + last),
  multipart('line feeds around the delimiter', `${of('name="x"', `1\n${known.trimEnd()}`)}${last}`),
  multipart('a line feed in front of the delimiter', of('name="x"', `1\n--cut\r\n${known.slice(7)}`) + last),
  multipart('carriage returns alone', known.replaceAll('\n', '') + last),
  multipart('a part after the last delimiter', harmless + last + known + last),
  multipart('a part after the last delimiter, without another', of('name="x"', '1') + last + known),
  multipart('a part after the last delimiter, cut', of('name="x"', '1') + last + known.slice(0, -4)),
  multipart('only a part after the last delimiter', last + known + last),
  multipart('no last delimiter', known),
  multipart('no line end at the end', known.slice(0, -2)),
  multipart('a last delimiter without dashes', `${known}--cut\r\n`),
  multipart('text before the first delimiter', `hello\r\n${known}${last}`),
  multipart('a line end before the first delimiter', `\r\n${known}${last}`),
  multipart('text right before the first delimiter', `hello${known}${last}`),
  multipart('blanks after the delimiter', known.replace('--cut', '--cut  ') + last),
  multipart('text after the delimiter', known.replace('--cut', '--cut!') + last),
  multipart('dashes after the delimiter', known.replace('--cut', '--cut-') + last),
  multipart('a longer delimiter in a value', of('name="x"', `1\r\n--cutter\r\n${known.slice(7)}`) + last),
  multipart('a part in a value, without its delimiter', of('name="x"', known.slice(7)) + last),
  multipart('a preamble with a whole part', `--cu\r\n${known.slice(7)}${harmless}${last}`),
  multipart('filename* before the name', of('filename*=UTF-8\'\'x; name="action"', ours) + last),
  multipart('filename* after the name', of('name="action"; filename*=UTF-8\'\'x', ours) + last),
  multipart('filename before the name', of('filename="x"; name="action"', ours) + last),
  multipart('filename after the name', of('name="action"; filename="x"', ours) + last),
  multipart('an empty filename', of('name="action"; filename=""', ours) + last),
  multipart('a filename without value', of('name="action"; filename', ours) + last),
  multipart('a filename in capitals', of('name="action"; FILENAME="x"', ours) + last),
  multipart('a file, then the text', of('name="action"; filename="x"', ours) + known + last),
  multipart('a filename inside of a name', of('name="action; filename=x"', ours) + last),
  multipart('a name inside of a filename', of('filename="x; name=action"', ours) + last),
  multipart('a quotation mark in a filename', of('name="x"; filename="a\\"; name=\\"action"', ours) + last),
  multipart('name* alone', of("name*=UTF-8''action", ours) + last),
  multipart('name* and name', of('name*=UTF-8\'\'action; name="x"', ours) + last),
  multipart('two names', of('name="x"; name="action"', ours) + last),
  multipart('two names, the other way round', of('name="action"; name="x"', ours) + last),
  ...[
    'name=action',
    "name='action'",
    "name='action",
    'name="action',
    'name=action"',
    'name="act\\ion"',
    'name="\\action"',
    'name="%61ction"',
    'name="=?utf-8?q?action?="',
    'name=" action"',
    'name="action "',
    'name="action\0"',
    'name="action\0x"',
    'name="action[]"',
    'name="action["',
    'name="action[a][b]"',
    'name="[action]"',
    'name="Action"',
    'NAME="action"',
    'name = "action"',
    'name= "action"',
    ' name="action"',
    'name="action";',
    'name="action"x',
    'name="action" ; x=y',
    'x="; name="; name="action"',
    'x=y; name="action"',
    'x; name="action"',
    'name="a"ction',
    'name=act"ion"',
  ].map(named),
  multipart(
    'a header with another name first',
    raw(`X-A: b\r\nContent-Disposition: form-data; name="action"`, ours) + last,
  ),
  multipart('a folded header', raw('Content-Disposition: form-data;\r\n name="action"', ours) + last),
  multipart('a header folded with a tabulator', raw('Content-Disposition: form-data;\r\n\tname="action"', ours) + last),
  multipart(
    'two dispositions',
    raw('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="action"', ours) + last,
  ),
  multipart(
    'two dispositions, the other way round',
    raw('Content-Disposition: form-data; name="action"\r\nContent-Disposition: form-data; name="x"', ours) + last,
  ),
  multipart('the disposition in capitals', raw('CONTENT-DISPOSITION: FORM-DATA; name="action"', ours) + last),
  multipart('another disposition', raw('Content-Disposition: attachment; name="action"', ours) + last),
  multipart('no kind of disposition', raw('Content-Disposition: name="action"', ours) + last),
  multipart('a blank before the colon', raw('Content-Disposition : form-data; name="action"', ours) + last),
  multipart('no blank after the colon', raw('Content-Disposition:form-data;name="action"', ours) + last),
  multipart('a blank before the header', raw(' Content-Disposition: form-data; name="action"', ours) + last),
  multipart('no headers', raw('', ours) + last),
  multipart(
    'the value in base64',
    raw('Content-Disposition: form-data; name="action"\r\nContent-Transfer-Encoding: base64', 'YXBwZW5kX21lc3NhZ2U=') +
      last,
  ),
  multipart(
    'quoted-printable',
    raw(
      'Content-Disposition: form-data; name="action"\r\nContent-Transfer-Encoding: quoted-printable',
      'append=5Fmessage',
    ) + last,
  ),
  multipart(
    'the text as JSON',
    raw('Content-Disposition: form-data; name="action"\r\nContent-Type: application/json', ours) + last,
  ),
  multipart(
    'another charset',
    raw('Content-Disposition: form-data; name="action"\r\nContent-Type: text/plain; charset=utf-7', ours) + last,
  ),
  multipart(
    'a nested multipart',
    raw(
      'Content-Disposition: form-data; name="x"\r\nContent-Type: multipart/mixed; boundary=in',
      `--in\r\n${known.slice(7)}--in--`,
    ) + last,
  ),
  multipart('the action twice', harmless + known + last),
  multipart('the action twice, the other way round', known + harmless + last),
  multipart('a list, then the action', of('name="action[]"', 'x') + known + last),
  multipart('the action, then a list', harmless + of('name="action[]"', ours) + last),
  multipart(
    'long headers in front',
    raw(`X-A: ${'x'.repeat(9000)}\r\nContent-Disposition: form-data; name="action"`, ours) + last,
  ),
  multipart('a long value in front', of('name="x"', 'x'.repeat(20_000)) + known + last),
  multipart('a NUL in a header', raw('X-A: \0\r\nContent-Disposition: form-data; name="action"', ours) + last),
  multipart('a NUL in front', `\0${known}${last}`),
  sentAs('multipart/form-data; boundary="cut"'),
  sentAs('multipart/form-data;boundary=cut'),
  sentAs('multipart/form-data; boundary=cut; charset=utf-8'),
  sentAs('multipart/form-data; boundary=cut;'),
  sentAs('multipart/form-data; boundary=cut,x'),
  sentAs('multipart/form-data; boundary=cut x'),
  sentAs('multipart/form-data; boundary="cut'),
  sentAs('multipart/form-data; boundary="cut"x'),
  sentAs('multipart/form-data; boundary=x; boundary=cut'),
  sentAs('multipart/form-data; boundary=cut; boundary=x'),
  sentAs('multipart/form-data; x=boundary=cut'),
  sentAs('multipart/form-data; xboundary=cut'),
  sentAs('multipart/form-data; x="boundary=x"; boundary=cut'),
  sentAs('multipart/form-data, boundary=cut'),
  sentAs('multipart/form-data boundary=cut'),
  sentAs('MULTIPART/FORM-DATA; BOUNDARY=cut'),
  sentAs("multipart/form-data; boundary='cut'"),
  sentAs('multipart/form-data; boundary =cut'),
  sentAs('multipart/form-data; boundary= cut'),
  sentAs('multipart/form-data; charset=utf-16; boundary=cut'),
];

const urlencodedType = 'application/x-www-form-urlencoded';
const urlencoded = (body: string, as = urlencodedType): OddForm => [
  `${as === urlencodedType ? '' : `${as}: `}${body.slice(0, 60)}`,
  { body: bytes(body), type: as },
];
const many = (count: number) => Array.from({ length: count }, (_, n) => `f${n}=1`).join('&');

/** Urlencoded forms with one of our actions in some form. */
export const oddUrlencodedForms: OddForm[] = [
  ...[
    `action=${ours}`,
    `action=append%5Fmessage`,
    `%61ction=${ours}`,
    `%2561ction=${ours}`,
    `+action=${ours}`,
    `%20action=${ours}`,
    `%09action=${ours}`,
    `action%20=${ours}`,
    `action%00=${ours}`,
    `action%00x=${ours}`,
    `%00action=${ours}`,
    `action[]=${ours}`,
    `action[=${ours}`,
    `action%5B%5D=${ours}`,
    `action[a]=${ours}`,
    `[action]=${ours}`,
    `[]action=${ours}`,
    `action]=${ours}`,
    `a.ction=1&a_ction=2&action=${ours}`,
    `Action=${ours}`,
    `x=1;action=${ours}`,
    `action=load_project;action=${ours}`,
    `x=1&amp;action=${ours}`,
    `x=1?action=${ours}`,
    `x=1&&action=${ours}`,
    `&action=${ours}&`,
    `=1&action=${ours}`,
    `action`,
    `action==${ours}`,
    `action=load_project&action=${ours}`,
    `action=${ours}&action=load_project`,
    `action=${ours}&action[]=load_project`,
    `action[]=load_project&action=${ours}`,
    `action=load_project%00${ours}`,
    `action=load_project\r\naction=${ours}`,
    `action=load_project\n&action=${ours}`,
    `action=%zz${ours}`,
    `%zzaction=${ours}`,
    `action%=${ours}`,
    `action=%u0061ppend_message`,
    `a%FFction=${ours}`,
    `action=\xff${ours}`,
    `\xef\xbb\xbfaction=${ours}`,
    `GLOBALS[action]=${ours}`,
    `_POST[action]=${ours}`,
    `this=1&action=${ours}`,
    `${many(999)}&action=${ours}`,
    `${many(1000)}&action=${ours}`,
    `${'x'.repeat(1001)}=1&action=${ours}`,
    `a${'[x]'.repeat(80)}=1&action=${ours}`,
  ].map((body) => urlencoded(body)),
  urlencoded(`action=${ours}`, `${urlencodedType}; charset=utf-16le`),
  urlencoded(`action=${ours}`, `${urlencodedType};charset=UTF-8`),
  urlencoded(`action=${ours}`, `${urlencodedType}, multipart/form-data; boundary=cut`),
  urlencoded(`action=${ours}`, `${urlencodedType} x`),
  urlencoded(`action=${ours}`, urlencodedType.toUpperCase()),
];

const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
const escaped = (text: string) => [...bytes(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Forms of an unknown action, whose bytes must arrive as they are. */
export const formsOfBytes: OddForm[] = [
  multipart('every byte as a value', harmless + of('name="x"', everyByte) + last),
  multipart('a value that begins with a byte order mark', harmless + of('name="x"', '\xef\xbb\xbfx') + last),
  multipart('every byte as a file', harmless + of('name="x"; filename="a.bin"', everyByte) + last),
  multipart(
    'a file with a type',
    harmless +
      raw('Content-Disposition: form-data; name="x"; filename="b.png"\r\nContent-Type: image/png', everyByte) +
      last,
  ),
  multipart('a file without a name', harmless + of('name="x"; filename=""', '') + last),
  multipart('a file whose name is not UTF-8', harmless + of('name="x"; filename="\xe9.txt"', 'a') + last),
  multipart(
    'several files',
    harmless + of('name="x[]"; filename="a"', 'a') + of('name="x[]"; filename="b"', 'b') + last,
  ),
  multipart('a name that is not UTF-8', harmless + of('name="\xe9"', 'a') + last),
  multipart('a name with a semicolon', harmless + of('name="a;b"', 'a') + last),
  multipart('a name with an apostrophe', harmless + of(`name="a'b"`, 'a') + last),
  multipart('a name with an escape', harmless + of('name="a%22b"', 'a') + last),
  multipart(
    'a part of another type',
    harmless + raw('Content-Disposition: form-data; name="x"\r\nContent-Type: application/json', '{}') + last,
  ),
  multipart(
    'lists',
    harmless +
      ['a[]', 'a[]', 'a[b][c]', 'a[', 'b.c d', 'c[d.e]', 'd]'].map((name) => of(`name="${name}"`, name)).join('') +
      last,
  ),
  multipart('repeated names', harmless + of('name="x"', '1') + of('name="x"', '2') + last),
  multipart('an empty value', harmless + of('name="x"', '') + last),
  multipart('line ends', harmless + of('name="x"', '\r\n\n\r\r\n') + last),
  urlencoded(`action=x&every=${escaped(everyByte)}`),
  ['every byte as a value, escaped', { body: bytes(`action=x&every=${escaped(everyByte)}`), type: urlencodedType }],
  [
    'every byte as a name, escaped',
    { body: bytes(`action=x&a${escaped(everyByte.slice(1))}=1`), type: urlencodedType },
  ],
  ['bytes as they are', { body: bytes(`action=x&a=${everyByte.replace(/[&%]/g, '')}`), type: urlencodedType }],
  ...[
    'a[]=1&a[]=2&a[b][c]=3&a[=4',
    'b.c d=1&c[d.e]=2&d]=3&[e]=4&f[g]h=5',
    'x=1&x=2&=3&&y',
    'a=%zz&b=%4&c=%&d=100%&e=%%41',
  ].map((body) => urlencoded(`action=x&${body}`)),
];
