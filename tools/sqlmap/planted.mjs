// A server full of holes, one of each kind that sqlmap looks for in the product: shows that it would find them there.
import { createServer } from 'node:http';
import mysql2 from 'mysql2/promise';
import { headers } from './scan.mjs';

const tables = [
  'CREATE TABLE chats (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(50), title VARCHAR(255))',
  'CREATE TABLE messages (id INT PRIMARY KEY AUTO_INCREMENT, chat VARCHAR(50), role VARCHAR(20), content TEXT)',
  'CREATE TABLE visits (agent TEXT, referer TEXT, visit TEXT)',
  "INSERT INTO chats (name, title) VALUES ('chat-1', 'Rivers'), ('chat-2', 'Lakes')",
  "INSERT INTO messages (chat, role, content) VALUES ('chat-1', 'user', 'How long is the Nile?'), ('chat-1', 'assistant', '6,650 km')",
];

/** What is not named as a hole is bound or not used, and must not be found. */
export const plantedTargets = [
  {
    name: 'form: a text in a SELECT that shows its rows',
    method: 'POST',
    path: '/read',
    form: { cmid: '1', session_id: 'chat-1' },
    tested: ['cmid', 'session_id'],
    holes: ['session_id'],
  },
  {
    name: 'form: a text in an UPDATE that always answers the same',
    method: 'POST',
    path: '/rename',
    form: { session_id: 'chat-1', title: 'Rivers' },
    tested: ['session_id', 'title'],
    holes: ['title'],
  },
  {
    name: 'query: a number in LIMIT',
    method: 'GET',
    path: '/chats',
    query: { after: '0', limit: '5' },
    tested: ['after', 'limit'],
    holes: ['limit'],
  },
  {
    name: 'path: a text in a SELECT',
    method: 'GET',
    path: '/chats/chat-1*/messages',
    query: {},
    tested: ['path'],
    holes: ['path'],
  },
  {
    name: 'JSON: a text in an INSERT that always answers the same',
    method: 'POST',
    path: '/messages',
    json: { role: 'user', content: 'How long is the Nile?' },
    tested: ['role', 'content'],
    holes: ['content'],
  },
  {
    name: 'headers: texts in an INSERT that always answers the same',
    method: 'GET',
    path: '/visit',
    query: { page: '1' },
    tested: ['page', ...Object.keys(headers)],
    holes: Object.keys(headers),
  },
];

/** @param {string} url of an empty database @returns {Promise<import('./examine.mjs').Site>} */
export async function startPlanted(url) {
  const pool = mysql2.createPool(url);
  for (const statement of tables) await pool.query(statement);
  let counts = {};
  const server = createServer(async (request, reply) => {
    const answer = await answerTo(request, pool).catch(() => ({ success: true }));
    counts[200] = (counts[200] ?? 0) + 1;
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    dbms: 'mysql',
    fill: (target) => Promise.resolve({ target }),
    takeCounts() {
      const taken = counts;
      counts = {};
      return Promise.resolve(taken);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

/** Errors of the database are hidden: whoever looks for holes is not told. */
async function answerTo(request, pool) {
  const address = new URL(request.url, 'http://planted');
  const body = await bodyOf(request);
  const form = new URLSearchParams(body);
  const rows = async (sql, values) => ({ success: true, rows: (await pool.query(sql, values))[0] });
  const silent = async (sql, values) => {
    await pool.query(sql, values);
    return { success: true };
  };
  switch (address.pathname) {
    case '/read':
      return rows(`SELECT role, content FROM messages WHERE chat = '${form.get('session_id')}' AND id > 0`);
    case '/rename':
      return silent(`UPDATE chats SET title = '${form.get('title')}' WHERE name = ?`, [form.get('session_id')]);
    case '/chats':
      return rows(`SELECT name, title FROM chats WHERE id > ? LIMIT ${address.searchParams.get('limit')}`, [
        address.searchParams.get('after'),
      ]);
    case '/messages': {
      const { role, content } = JSON.parse(body);
      return silent(`INSERT INTO messages (chat, role, content) VALUES ('chat-2', ?, '${content}')`, [role]);
    }
    case '/visit': {
      const { 'user-agent': agent, referer, cookie = '' } = request.headers;
      const visit = decodeURIComponent(/visit=([^;]*)/.exec(cookie)?.[1] ?? '');
      return silent(`INSERT INTO visits VALUES ('${agent}', '${referer}', '${visit}')`);
    }
    default: {
      const chat = decodeURIComponent(/^\/chats\/(.*)\/messages$/.exec(address.pathname)?.[1] ?? '');
      return rows(`SELECT role, content FROM messages WHERE chat = '${chat}'`);
    }
  }
}

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}
