// The least that can be done on the same tables with the same guarantees: node:http and prepared statements of mysql2.
import mysql2, { type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2';
import { foldIfShort } from '../../../src/common/fold.js';
import type { TargetOptions } from '../target.js';
import { notFound, serve, type Answer, type BareStore, type NewMessage, type Owner } from './http.js';
import { parametersOf, plain, plainValues, summaryOfSave, summaryValues } from './rows.js';
import { toMessage, toMessagePage, toSession, toSessionPage } from './rows.js';
import type { MessageRow, SessionRow } from './rows.js';

const [duplicate, deadlock] = [1062, 1213];
const maxAttempts = 6;
const poolSize = 10;
const maxPageBytes = 8 * 1024 * 1024;
const countMessage = `UPDATE writeassistdev_chat_sessions FORCE INDEX (unique_session)
  SET ${summaryOfSave}, last_sequence = LAST_INSERT_ID(last_sequence + 1), content_bytes = content_bytes + ?,
    message_count = message_count + 1, last_activity_at = ?, modified_at = ?
  WHERE writeassistdevid = ? AND userid = ? AND session_id = ? AND last_activity_at <= ?`;
const lastActivity = `SELECT last_activity_at AS at FROM writeassistdev_chat_sessions
  WHERE writeassistdevid = ? AND userid = ? AND session_id = ? FOR UPDATE`;
const activate = `UPDATE writeassistdev_chat_owners FORCE INDEX (PRIMARY) SET active_session_id = ?
  WHERE writeassistdevid = ? AND userid = ? AND EXISTS (SELECT 1 FROM writeassistdev_chat_sessions s
    WHERE s.writeassistdevid = writeassistdev_chat_owners.writeassistdevid
      AND s.userid = writeassistdev_chat_owners.userid AND s.session_id = ?)`;

type Values = (string | number | Buffer | null)[];

serve((options) => new MariadbStore(options));

function execute<Result>(target: Pool | PoolConnection, sql: string, values: Values = []): Promise<Result> {
  return new Promise((resolve, reject) => {
    target.execute(sql, values, (error, result) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
  });
}

class MariadbStore implements BareStore {
  readonly #pool: Pool;
  readonly #sql: Record<string, string>;

  constructor({ databaseUrl: uri, statements }: TargetOptions) {
    this.#pool = mysql2.createPool({ ...(uri !== undefined && { uri }), connectionLimit: poolSize });
    this.#sql = statements;
  }

  /** Repeats what the database has rolled back, as the product does. */
  async save(owner: Owner, sessionId: string, message: NewMessage): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transact(owner, sessionId, message);
      } catch (error) {
        if ((error as { errno?: number }).errno !== deadlock || attempt === maxAttempts) throw error;
      }
    }
  }

  private async transact(owner: Owner, sessionId: string, message: NewMessage): Promise<Answer> {
    const connection = await this.connect();
    try {
      await execute(connection, 'START TRANSACTION');
      const answer = await this.append(connection, owner, sessionId, message);
      await execute(connection, answer === notFound ? 'ROLLBACK' : 'COMMIT');
      return answer;
    } catch (error) {
      await execute(connection, 'ROLLBACK');
      throw error;
    } finally {
      connection.release();
    }
  }

  private async append(connection: PoolConnection, owner: Owner, sessionId: string, message: NewMessage) {
    const session = [...parametersOf(owner), sessionId];
    const bytes = Buffer.byteLength(message.content);
    const count = (at: number) => {
      const counters = [...summaryValues(message, at), bytes, at, at, ...session, at];
      return execute<ResultSetHeader>(connection, countMessage, counters);
    };
    let now = Date.now();
    let counted = await count(now);
    if (counted.affectedRows === 0) {
      // The session does not exist, or a concurrent save has set a later time.
      const [last] = await execute<{ at: number }[]>(connection, lastActivity, session);
      if (!last) return notFound;
      now = Math.max(Date.now(), last.at);
      counted = await count(now);
    }
    const sequence = counted.insertId;
    const { role, content, clientMessageId } = message;
    const values = [
      ...[...session, sequence, role, content, now, clientMessageId],
      ...[...plainValues, foldIfShort(content), null, ...session, ...session, ...session, ...session, now, now],
    ];
    for (let position = now; ; position++) {
      try {
        const { insertId: id } = await execute<ResultSetHeader>(connection, this.sql('insert'), [...values, position]);
        const row = {
          id,
          sessionId,
          role,
          content,
          timestamp: now,
          sequence,
          clientMessageId,
          createdAt: now,
          ...plain,
        };
        return { status: 201, body: toMessage(row), location: `/api/v1/sessions/${sessionId}/messages/${id}` };
      } catch (error) {
        if ((error as { errno?: number }).errno !== duplicate) throw error;
      }
    }
  }

  async list(owner: Owner, sessionId: string, limit: number): Promise<Answer> {
    const session = [...parametersOf(owner), sessionId];
    const inline = Math.floor(maxPageBytes / (limit + 1));
    const values = [inline, inline, ...session, ...session, ...session, String(limit + 1)];
    const rows = await execute<MessageRow[]>(this.#pool, this.sql('list'), values);
    return rows.length === 0 ? notFound : { status: 200, body: toMessagePage(rows, limit) };
  }

  async sessions(owner: Owner, limit: number): Promise<Answer> {
    const values = [...parametersOf(owner), String(limit + 1)];
    const rows = await execute<(SessionRow & { rowId: number })[]>(this.#pool, this.sql('sessions'), values);
    return { status: 200, body: toSessionPage(rows, limit) };
  }

  async activate(owner: Owner, sessionId: string): Promise<Answer> {
    const values = [sessionId, ...parametersOf(owner), sessionId];
    const { affectedRows } = await execute<ResultSetHeader>(this.#pool, activate, values);
    if (affectedRows === 0) return notFound;
    const rows = await execute<SessionRow[]>(this.#pool, this.sql('session'), [...parametersOf(owner), sessionId]);
    return rows[0] ? { status: 200, body: toSession(rows[0], true) } : notFound;
  }

  private sql(name: string): string {
    return this.#sql[name] ?? '';
  }

  private connect(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      this.#pool.getConnection((error, connection) => {
        if (error) reject(error);
        else resolve(connection);
      });
    });
  }
}
