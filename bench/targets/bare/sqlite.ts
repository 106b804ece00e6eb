// The least on the embedded engine: the same library, the same durability, one transaction for each save.
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { foldIfShort } from '../../../src/common/fold.js';
import type { TargetOptions } from '../target.js';
import { notFound, serve, type Answer, type BareStore, type NewMessage, type Owner } from './http.js';
import { parametersOf, plain, plainValues, summaryOfSave, summaryValues } from './rows.js';
import { toMessage, toMessagePage, toSession, toSessionPage } from './rows.js';
import type { MessageRow, SessionRow } from './rows.js';

const duplicate = 2067;
const maxPageBytes = 8 * 1024 * 1024;
const countMessage = `UPDATE writeassistdev_chat_sessions
  SET ${summaryOfSave}, last_sequence = last_sequence + 1, content_bytes = content_bytes + ?, message_count = message_count + 1,
    last_activity_at = ?, modified_at = ?
  WHERE writeassistdevid = ? AND userid = ? AND session_id = ? AND last_activity_at <= ? RETURNING last_sequence AS value`;
const activate = `UPDATE writeassistdev_chat_owners SET active_session_id = ?
  WHERE writeassistdevid = ? AND userid = ? AND EXISTS (SELECT 1 FROM writeassistdev_chat_sessions s
    WHERE s.writeassistdevid = writeassistdev_chat_owners.writeassistdevid
      AND s.userid = writeassistdev_chat_owners.userid AND s.session_id = ?)`;

type Values = (string | number | Buffer | null)[];

serve((options) => new SqliteStore(options));

class SqliteStore implements BareStore {
  readonly #database: InstanceType<typeof DatabaseSync>;
  readonly #prepared = new Map<string, StatementSyncInstance>();
  readonly #sql: Record<string, string>;

  constructor({ file = '', statements }: TargetOptions) {
    this.#sql = statements;
    this.#database = new DatabaseSync(file);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  }

  save(owner: Owner, sessionId: string, message: NewMessage): Promise<Answer> {
    this.run('BEGIN IMMEDIATE');
    try {
      const answer = this.append(owner, sessionId, message);
      this.run(answer === notFound ? 'ROLLBACK' : 'COMMIT');
      return Promise.resolve(answer);
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
  }

  private append(owner: Owner, sessionId: string, { role, content, clientMessageId }: NewMessage): Answer {
    const now = Date.now();
    const session = [...parametersOf(owner), sessionId];
    const bytes = Buffer.byteLength(content);
    const counters = [...summaryValues({ role, content, clientMessageId }, now), bytes, now, now, ...session, now];
    const [row] = this.all<{ value: number }>(countMessage, counters);
    if (!row) return notFound;
    const sequence = row.value;
    const values = [
      ...[...session, sequence, role, content, now, clientMessageId],
      ...[...plainValues, foldIfShort(content), null, ...session, ...session, ...session, ...session, now, now],
    ];
    for (let position = now; ; position++) {
      try {
        const id = this.run(this.sql('insert'), [...values, position]);
        const saved = {
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
        return { status: 201, body: toMessage(saved), location: `/api/v1/sessions/${sessionId}/messages/${id}` };
      } catch (error) {
        if ((error as { errcode?: number }).errcode !== duplicate) throw error;
      }
    }
  }

  list(owner: Owner, sessionId: string, limit: number): Promise<Answer> {
    const session = [...parametersOf(owner), sessionId];
    const inline = Math.floor(maxPageBytes / (limit + 1));
    const rows = this.all<MessageRow>(this.sql('list'), [
      inline,
      inline,
      ...session,
      ...session,
      ...session,
      limit + 1,
    ]);
    return Promise.resolve(rows.length === 0 ? notFound : { status: 200, body: toMessagePage(rows, limit) });
  }

  sessions(owner: Owner, limit: number): Promise<Answer> {
    const values = [...parametersOf(owner), limit + 1];
    const rows = this.all<SessionRow & { rowId: number }>(this.sql('sessions'), values);
    return Promise.resolve({ status: 200, body: toSessionPage(rows, limit) });
  }

  activate(owner: Owner, sessionId: string): Promise<Answer> {
    this.run(activate, [sessionId, ...parametersOf(owner), sessionId]);
    const [row] = this.all<SessionRow>(this.sql('session'), [...parametersOf(owner), sessionId]);
    return Promise.resolve(row ? { status: 200, body: toSession(row, true) } : notFound);
  }

  private run(sql: string, values: Values = []): number {
    return Number(this.prepare(sql).run(...values).lastInsertRowid);
  }

  private all<Row>(sql: string, values: Values): Row[] {
    return this.prepare(sql).all(...values) as Row[];
  }

  private prepare(sql: string): StatementSyncInstance {
    const statement = this.#prepared.get(sql) ?? this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  private sql(name: string): string {
    return this.#sql[name] ?? '';
  }
}
