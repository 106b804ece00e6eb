import { BranchesRepository } from '../../../src/branches/branches.repository.js';
import { BranchesService } from '../../../src/branches/branches.service.js';
import { SqlClient } from '../../../src/database/sql/sql-client.js';
import { MessagesRepository } from '../../../src/messages/messages.repository.js';
import { OwnersService } from '../../../src/owners/owners.service.js';
import { SessionTrashRepository } from '../../../src/sessions/session-trash.repository.js';
import { SessionTrashService } from '../../../src/sessions/session-trash.service.js';
import type { TestServer } from '../http/server.js';

/** Replaces a method of the server's only object of a class, until the function that it returns is called. */
type Undo = () => void;

function replace<Instance extends object, Name extends keyof Instance>(
  server: TestServer,
  type: abstract new (...dependencies: never[]) => Instance,
  name: Name,
  method: (original: Instance[Name], instance: Instance) => Instance[Name],
): Undo {
  const instance = server.app.get<Instance>(type, { strict: false });
  const original = instance[name];
  const bound = (original as (...values: unknown[]) => unknown).bind(instance) as Instance[Name];
  instance[name] = method(bound, instance);
  return () => {
    instance[name] = original;
  };
}

/** Mistakes that can be planted in a server. */
export const bugs = {
  'an edit does not hide the messages that follow': (server) =>
    replace(server, BranchesRepository, 'hideAfter', () => () => Promise.resolve(1)),

  'clearing forgets one message': (server) =>
    replace(
      server,
      SessionTrashRepository,
      'clear',
      (clear) => (locked, sequence, at) => clear(locked, sequence - 1, at),
    ),

  'a search finds messages of deleted sessions': (server) =>
    replace(server, SqlClient, 'query', (query) => (sql, parameters) => {
      const isSearch = sql.includes('AS state') || sql.includes('AS sessionTitle');
      return query(isSearch ? sql.replaceAll(' AND s.deleted_at IS NULL', '') : sql, parameters);
    }),

  "the user's own message leaves the others unread": (server) =>
    replace(server, SqlClient, 'increment', (increment) => (column, update, parameters) => {
      const set = update.set.replace('WHEN ? = 1 THEN 0', 'WHEN ? = 2 THEN 0');
      return increment(column, { ...update, set }, parameters);
    }),

  'an edit overwrites the message': (server) =>
    replace(server, MessagesRepository, 'insert', (insert) => async (owner, message) => {
      const saved = await insert(owner, message);
      const sql = server.app.get<SqlClient>(SqlClient, { strict: false });
      const overwrite = 'UPDATE writeassistdev_chat SET content = ? WHERE id = ?';
      if (message.revisionOf !== null) await sql.execute(overwrite, [message.content, message.revisionOf]);
      return saved;
    }),

  'a restored session is active': (server) =>
    replace(server, SessionTrashService, 'restore', (restore) => async (owner, id) => {
      const session = await restore(owner, id);
      await server.app.get(OwnersService, { strict: false }).activate(owner, id);
      return session;
    }),

  'a branch goes to its oldest end': (server) =>
    replace(server, BranchesService, 'newestLeaf', (_, branches) => async (owner, sessionId, message) => {
      let leaf = message;
      const parents: number[] = [message.id];
      for await (const { message: found, follows } of branches.after(owner, sessionId, message)) {
        if (!follows || found.parentId !== parents.at(-1)) continue;
        parents.push(found.id);
        leaf = found;
      }
      return leaf;
    }),
} satisfies Record<string, (server: TestServer) => Undo>;
