// Requests that are as costly as their senders can make them.

const mebibyte = 1024 * 1024;
/** The limits of the defaults, in bytes: of a content, of a body, of a form for the original, of its `load_project`. */
const [content, body, form, project] = [mebibyte, 6 * mebibyte + 65_536, 16 * mebibyte, 8 * mebibyte];
const boundary = 'a'.repeat(70);
const json = { 'content-type': 'application/json' };
const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` };
const ajax = '/mod/writeassistdev/ajax.php';
/** What most headers together may have. */
const headerBytes = 14_000;

/** Values of a JSON string, repeated up to a number of bytes. */
const units = {
  letters: 'x',
  quotes: '\\"',
  backslashes: '\\\\',
  'control characters': '\\u0001',
  NULs: '\\u0000',
  'half surrogates': '\\ud800',
  'escaped emoji': '\\ud83d\\ude00',
  emoji: '😀',
  accents: 'é',
  tags: '<',
  spaces: ' ',
};
const repeat = (unit, bytes) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
const part = (name, value) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

/** Saves that are accepted: the largest content, in the longest JSON. */
function* accepted(session) {
  for (const unit of ['letters', 'quotes', 'backslashes', 'control characters', 'emoji', 'accents', 'escaped emoji']) {
    const count = Math.floor(content / Buffer.byteLength(JSON.parse(`"${units[unit]}"`)));
    const text = `{"role":"user","content":"${units[unit].repeat(count)}"}`;
    yield { name: `save 1 MiB of ${unit}`, path: `/api/v1/sessions/${session}/messages`, headers: json, body: text };
  }
}

/** Bodies of REST that are refused. */
function* refusedJson(session) {
  const routes = [
    ['POST', `/api/v1/sessions/${session}/messages`, ['role', 'content', 'timestamp', 'clientMessageId', 'more']],
    ['POST', '/api/v1/messages', ['sessionId']],
    ['POST', '/api/v1/sessions', ['title', 'id', 'activate']],
    ['PATCH', `/api/v1/sessions/${session}`, ['title']],
  ];
  for (const [method, path, fields] of routes) {
    for (const field of fields) {
      for (const [unit, text] of Object.entries(units)) {
        const value = repeat(text, body - 200);
        const name = `${method} ${path.replace(session, ':id')}, 6 MiB of ${unit} as ${field}`;
        yield { name, method, path, headers: json, body: `{"${field}":"${value}"}` };
      }
    }
  }
  const whole = {
    'white space': `{${repeat(' ', body - 10)}}`,
    numbers: `[${repeat('1,', body - 10)}1]`,
    lists: repeat('[', body),
    objects: repeat('{"":', body),
    'a name': `{"${repeat('x', body - 10)}":1}`,
    'a name of quotes': `{"${repeat('\\"', body - 10)}":1}`,
    'a number': `{"title":${repeat('1', body - 20)}}`,
    'fifty fields': `{${Array.from({ length: 50 }, (_, n) => `"f${n}":"${repeat('\\"', 120_000)}"`).join()}}`,
    'open strings': `{"title":"${repeat('\\"', body - 20)}`,
    'no UTF-8': Buffer.alloc(body, 0xc3),
  };
  for (const [what, text] of Object.entries(whole)) {
    yield { name: `POST /api/v1/sessions, 6 MiB: ${what}`, path: '/api/v1/sessions', headers: json, body: text };
  }
}

/** Fields of all actions of the legacy endpoint, in all formats. */
function* legacy(token, session) {
  const values = {
    letters: 'x',
    NULs: '%00',
    spaces: '+',
    'percent signs': '%',
    'opening tags': '%3C',
    emoji: '%F0%9F%98%80',
    'no UTF-8': '%FF',
  };
  const raw = { NULs: '\0', spaces: ' ', 'tags and quotes': '<"', returns: '\r\n--', emoji: '😀' };
  const calls = {
    append_message: ['session_id', 'role', 'content', 'timestamp', 'client_message_id', 'more'],
    load_chat_history_only: ['before', 'limit'],
    create_chat_session: ['title'],
    get_session_messages: ['session_id', 'after'],
    update_chat_title: ['title', 'cmid', 'sesskey', 'action'],
  };
  for (const [action, fields] of Object.entries(calls)) {
    for (const field of fields) {
      const others = Object.entries({ action, cmid: '1', sesskey: token, session_id: session, role: 'user' });
      const rest = others.filter(([name]) => name !== field);
      for (const [unit, text] of Object.entries(values)) {
        const sent = new URLSearchParams(rest).toString();
        const value = repeat(text, body - sent.length - 100);
        const name = `${action}, 6 MiB of ${unit} as ${field}`;
        yield { name, path: ajax, headers: urlencoded, body: `${sent}&${field}=${value}` };
      }
      for (const [unit, text] of Object.entries(raw)) {
        const sent = rest.map(([one, value]) => part(one, value)).join('');
        const value = repeat(text, body - sent.length - 400);
        const name = `${action}, multipart, 6 MiB of ${unit} as ${field}`;
        yield { name, path: ajax, headers: multipart, body: `${sent}${part(field, value)}--${boundary}--\r\n` };
      }
      for (const unit of ['NULs', 'quotes', 'escaped emoji']) {
        const value = repeat(units[unit], body - 2000);
        const sent = JSON.stringify(Object.fromEntries(rest));
        const name = `${action}, JSON, 6 MiB of ${unit} as ${field}`;
        yield { name, path: ajax, headers: json, body: `${sent.slice(0, -1)},"${field}":"${value}"}` };
      }
    }
  }
}

/** Forms that are rebuilt for the original. */
function* proxied() {
  const unknown = 'action=save_project&';
  const bodies = {
    'escaped letters': `${unknown}a=${repeat('%41', form - 50)}`,
    'bytes that are escaped': Buffer.concat([Buffer.from(`${unknown}a=`), Buffer.alloc(form / 3 - 50, 0xc3)]),
    'bytes that become too many': Buffer.concat([Buffer.from(`${unknown}a=`), Buffer.alloc(form - 50, 0xc3)]),
    spaces: `${unknown}a=${repeat('+', form - 50)}`,
    'a thousand fields': unknown + Array.from({ length: 998 }, (_, n) => `f${n}=${'%22'.repeat(5400)}`).join('&'),
    'thousands of fields': unknown + repeat('a&', form - 50),
    'a long action': `action=${repeat('x', form - 50)}`,
    'an escaped action': `action=${repeat('%C3%A9', form - 50)}`,
  };
  for (const [what, text] of Object.entries(bodies)) {
    yield { name: `proxied, 16 MiB: ${what}`, path: ajax, headers: urlencoded, body: text };
  }
  const parts = {
    letters: repeat('x', form - 600),
    'the letter of the boundary': repeat('a', form - 600),
    'almost boundaries': repeat(`\r\n--${'a'.repeat(69)}b`, form - 600),
    'beginnings of boundaries': repeat('\r\n--', form - 600),
    NULs: repeat('\0', form - 600),
  };
  for (const [what, value] of Object.entries(parts)) {
    const text = `${part('action', 'save_project')}${part('a', value)}--${boundary}--\r\n`;
    yield { name: `proxied, multipart, 16 MiB: ${what}`, path: ajax, headers: multipart, body: text };
    const own = `${part('a', value)}${part('action', 'none')}`;
    yield { name: `proxied, multipart without an end, 16 MiB: ${what}`, path: ajax, headers: multipart, body: own };
  }
}

/** Answers of the original to `load_project`. */
function* projects(token) {
  const inside = (text) => `{"success":true,"project":{"a":${text},"chatHistory":[]}}`;
  const history = (text) => `{"success":true,"project":{"chatHistory":[${text}]}}`;
  const rows = (row) => history(repeat(`${row},`, project - 200) + row);
  const answers = {
    letters: inside(`"${repeat('x', project - 100)}"`),
    quotes: inside(`"${repeat('\\"', project - 100)}"`),
    'escaped letters': inside(`"${repeat('\\u00e9', project - 100)}"`),
    accents: inside(`"${repeat('é', project - 100)}"`),
    numbers: inside(`[${repeat('1,', project - 100)}1]`),
    'empty strings': inside(`[${repeat('"",', project - 100)}1]`),
    'empty lists': inside(`[${repeat('[],', project - 100)}1]`),
    depth: inside(repeat('[', project - 100)),
    names: inside(`{${repeat('"a":1,', project - 100)}"b":1}`),
    'white space': inside(`[${repeat(' ', project - 100)}1]`),
    'small rows': rows('{"timestamp":1}'),
    'large rows': rows(`{"content":"${'\\"'.repeat(500_000)}","timestamp":"1795806001"}`),
    'rows of numbers': rows(`{"timestamp":1,"a":[${'1,'.repeat(500_000)}1]}`),
  };
  for (const [what, answer] of Object.entries(answers)) {
    const text = new URLSearchParams({ action: 'load_project', cmid: '1', sesskey: token }).toString();
    yield { name: `load_project, 8 MiB of ${what}`, path: ajax, headers: urlencoded, body: text, answer };
  }
}

/** Long headers and URLs. */
function* heads(session) {
  const long = (unit) => repeat(unit, headerBytes);
  const headers = {
    authorization: `Bearer ${long('a.')}`,
    cookie: long('MoodleSession=a; '),
    origin: `https://${long('a.')}`,
    'if-none-match': long('W/"a", '),
    'idempotency-key': `"${long('\\\\')}"`,
    'accept-encoding': long('br;q=0.1, '),
    'x-request-id': long('x'),
    'x-forwarded-for': long('1,'),
    'content-type': `application/json;${long(' charset =')}`,
    connection: `keep-alive, ${long('a,')}`,
    'cdn-loop': long('a, '),
  };
  for (const [name, value] of Object.entries(headers)) {
    const path = `/api/v1/sessions/${session}/messages?limit=1`;
    yield { name: `a long header ${name}`, method: 'GET', path, headers: { [name]: value } };
    const sent = { ...urlencoded, [name]: value };
    yield { name: `a long header ${name} of a form`, path: ajax, headers: sent, body: 'action=test&cmid=1' };
  }
  for (const [what, url] of Object.entries({
    'a long path': `/api/v1/sessions/${long('x')}`,
    'a path of slashes': long('/a'),
    'a cursor': `/api/v1/sessions?after=${long('a')}`,
    parameters: `/api/v1/sessions?${long('a=1&')}`,
    'a limit': `/api/v1/sessions?limit=${long('1')}`,
    escapes: `/api/v1/sessions/${long('%41')}`,
  })) {
    yield { name: what, method: 'GET', path: url, headers: {} };
  }
}

/** Reads of the largest pages: of messages that were saved before. */
function* pages(session) {
  yield { name: 'a page of 8 MiB', method: 'GET', path: `/api/v1/sessions/${session}/messages?limit=200`, headers: {} };
}

/**
 * @param {{ token: string, session: string, full: string, other: string }} known a token, the id of a session,
 *   that of one with 8 MiB, and the token of a user without sessions
 * @returns {Generator<{ name: string, method?: string, path: string, headers: object, body?: string | Buffer, answer?: string }>}
 */
export function* requests({ token, session, full, other }) {
  yield* accepted(session);
  yield* refusedJson(session);
  yield* legacy(token, session);
  yield* proxied();
  // With an empty history: what that costs is the cost of a page.
  yield* projects(other);
  yield* heads(session);
  yield* pages(full);
}
