// The product as a site: each target has a user of its own, with chats to read, to change and to take away.
import { send } from './examine.mjs';
import { startServer } from './server.mjs';
import { ajax, given } from './targets.mjs';

/** Two chats, and two messages in the first: so there are lists of more than one page. */
const message = {
  action: 'append_message',
  cmid: '1',
  session_id: 'chat-1',
  role: 'user',
  content: 'How long is the Nile?',
};
const chats = [message, message, { ...message, session_id: 'chat-2' }];

/** @returns {Promise<import('./examine.mjs').Site>} */
export async function startProduct({ database, dbms, folder, signal }) {
  const server = await startServer(database, folder, signal);
  return {
    ...server,
    dbms,
    async fill(target, user) {
      const token = await server.token(user);
      const call = (form) => send(server.url, { method: 'POST', path: ajax, form: { ...form, sesskey: token } });
      for (const form of chats) await call(form);
      const found = new Map([
        [given.token, token],
        ...(await rowsOf(target, call)),
        ...(await messageOf(target, token)),
        ...(await cursorOf(target, token)),
      ]);
      const fill = (fields) =>
        fields && Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, found.get(value) ?? value]));
      const { query, form, json, restore } = target;
      const filled = { query: fill(query), form: fill(form), json: fill(json), restore: fill(restore) };
      return { target: { ...target, ...filled }, token };
    },
  };

  /** The ids at both ends of the list that the form asks for. */
  async function rowsOf({ form = {} }, call) {
    if (form.before !== given.newest && form.after !== given.oldest) return [];
    const { before, after, limit, ...whole } = form;
    const { sessions, messages = sessions } = await call(whole);
    const ids = messages.map(({ id }) => id);
    return [
      [given.newest, String(Math.max(...ids))],
      [given.oldest, String(Math.min(...ids))],
    ];
  }

  /** The id of a message of the session. */
  async function messageOf({ path, query, json }, token) {
    if (![query, json].some((fields) => Object.values(fields ?? {}).includes(given.message))) return [];
    const { data } = await send(server.url, { method: 'GET', path: path.replace('*', '') }, token);
    return [[given.message, data[0].id]];
  }

  async function cursorOf(target, token) {
    if (target.query?.after !== given.cursor) return [];
    const { after, head, ...first } = target.query;
    const { nextCursor } = await send(server.url, { ...target, query: first }, token);
    return [[given.cursor, nextCursor]];
  }
}
