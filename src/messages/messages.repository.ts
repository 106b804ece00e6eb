import { Injectable } from '@nestjs/common';
import { IsNull, LessThan, MoreThan, Raw } from 'typeorm';
import { foldIfShort } from '../common/fold.js';
import { isDuplicate, isNullViolation } from '../database/transactions/driver-errors.js';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { rootParent } from '../branches/branch-rules.js';
import { clearedSequenceOf, followsCleared, notCleared } from '../sessions/live-message-rules.js';
import { ChatMessage } from './chat-message.entity.js';
import { DuplicateClientMessageIdError } from './message.errors.js';
import type { Message, StoredMessage } from './message.js';

type StampedMessage = Omit<StoredMessage, 'id' | 'historyPosition' | 'parentId' | 'onBranch'> & {
  /** The end of the current branch when undefined. */
  parentId: number | undefined;
};
/** A message before its row is inserted. */
type UnsavedMessage = Omit<StampedMessage, 'timestamp'> & { timestamp: number | undefined };
/** What tells a message from others when it has no client message id. */
type MessageIdentity = Pick<Message, 'sessionId' | 'role' | 'content' | 'timestamp'>;

/** Refusals of a history position that is free afterwards; beyond that another unique key refuses the row. */
const maxUnexplainedRefusals = 10;
/** History positions that one statement checks. */
const positionsPerQuery = 1000;
/** Statements after which the search for a gap is given up: only a client that floods has so many messages in a row. */
const maxPositionQueries = 10;

/** Hand-written, since MariaDB reads the range in order only with the forced index; the plans are tested. */
export const historyPositionQueries = {
  predecessor: `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('ix_chat_order')}
    WHERE ${ownerCondition} AND chat_session_id = ? AND timestamp <= ? ORDER BY timestamp DESC, sequence DESC LIMIT 1`,
  neighbours: `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
    WHERE ${ownerCondition} AND history_time >= ? ORDER BY history_time LIMIT ${positionsPerQuery}`,
  last: `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
    WHERE ${ownerCondition} ORDER BY history_time DESC LIMIT 1`,
};
/**
 * NULL for a session without messages, which are read in the order of the index until one is not in the trash. MySQL reads
 * the table that a statement inserts into under an alias only.
 */
const newestTimestamp = `SELECT m.timestamp AS newest FROM writeassistdev_chat m ${forceIndex('ix_chat_order')}
  WHERE ${ownerCondition} AND chat_session_id = ? AND ${notCleared} AND m.deletion_id IS NULL
  ORDER BY m.timestamp DESC, m.sequence DESC LIMIT 1`;
/** The end of the current branch: the newest message on it, as a parent is saved before its children. */
const headOfSession = `COALESCE((SELECT h.id FROM writeassistdev_chat h ${forceIndex('unique_chat_sequence')}
  WHERE ${ownerCondition} AND chat_session_id = ? AND ${followsCleared} AND on_branch = 1
  ORDER BY sequence DESC LIMIT 1), ${rootParent})`;
const insertMessage = (parent: string, timestamp: string) => `
  INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, created_at,
    client_message_id, format, payload, metadata, status, request_sha256, folded, revision_of, parent_id, timestamp,
    history_time)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${parent}, ${timestamp}, ?)`;
const insertAfter = (parent: string) => ({
  anywhere: insertMessage(parent, '?'),
  /** The column refuses NULL, and so the row, when the session has a message with a later timestamp. */
  last: insertMessage(parent, `CASE WHEN (${newestTimestamp}) > ? THEN NULL ELSE ? END`),
});
/** Hand-written, since saving is the hot path: TypeORM does not send prepared statements. The plans are tested. */
export const insertQueries = { atHead: insertAfter(headOfSession), atParent: insertAfter('?') };
type Place = keyof ReturnType<typeof insertAfter>;

/** Messages with one timestamp that are compared with a new one: only a client that floods has more within two minutes. */
const maxCandidates = 10;
/** Hand-written, for the forced index and for statements that are prepared; the plans are tested. */
export const repeatQueries = {
  /** Reads the index alone: usually there is no such message. */
  sameTimestamp: `SELECT id FROM writeassistdev_chat ${forceIndex('ix_chat_order')}
    WHERE ${ownerCondition} AND chat_session_id = ? AND timestamp = ? AND ${notCleared}
    ORDER BY sequence DESC LIMIT ${maxCandidates}`,
  candidates: `SELECT id, sequence, role, content, client_message_id AS clientMessageId, created_at AS createdAt,
      history_time AS historyPosition, format, payload, metadata, status
    FROM writeassistdev_chat WHERE ${ownerFilter} AND deletion_id IS NULL AND id IN (${Array(maxCandidates).fill('?').join(', ')})`,
};

/** Single messages. Every method is limited to the owner. */
@Injectable()
export class MessagesRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Inserts the message. Without a timestamp it gets its time of saving or, if the session has a message with a later
   * timestamp, the newest of these. Inside the transaction that has locked the session.
   * @throws DuplicateClientMessageIdError
   */
  async insert(owner: Owner, { timestamp, ...message }: UnsavedMessage): Promise<Message> {
    if (timestamp !== undefined) return this.insertWithTimestamp(owner, { ...message, timestamp });
    const { sessionId, createdAt } = message;
    const session = [...ownerParameters(owner), sessionId];
    const stamped = { ...message, timestamp: createdAt };
    try {
      const parameters = [...session, ...session, createdAt, createdAt];
      return await this.insertAtFreePosition(owner, stamped, 'last', parameters);
    } catch (error) {
      if (!isNullViolation(error)) throw error;
      const row = await this.sql.queryOne<{ newest: number }>(newestTimestamp, [...session, ...session]);
      // Without a message another column has refused NULL.
      if (!row?.newest) throw error;
      return this.insertWithTimestamp(owner, { ...message, timestamp: row.newest });
    }
  }

  /** Whether the message was sent with a timestamp: one that `insert` would not have given it. */
  async hasClientTimestamp(owner: Owner, message: Message): Promise<boolean> {
    const { sessionId, sequence, timestamp, createdAt } = message;
    if (timestamp <= createdAt) return timestamp < createdAt;
    return !(await this.transactions.read(ChatMessage, (messages) =>
      messages.existsBy({ ...owner, sessionId, timestamp, sequence: LessThan(sequence) }),
    ));
  }

  /** The message with this client message id, also when it is in the trash. */
  async findByClientMessageId(owner: Owner, clientMessageId: string): Promise<StoredMessage | undefined> {
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOneBy({ ...owner, clientMessageId }),
    );
    return row ? toMessage(row) : undefined;
  }

  /**
   * The first message with these fields and without a client message id that was saved at `since` (UTC milliseconds) or
   * later. Inside the transaction that has locked the session.
   */
  async findRepeated(owner: Owner, message: MessageIdentity, since: number): Promise<Message | undefined> {
    const { sessionId, role, content, timestamp } = message;
    const session = [...ownerParameters(owner), sessionId];
    const found = await this.sql.query<{ id: number }>(repeatQueries.sameTimestamp, [
      ...[...session, timestamp],
      ...session,
    ]);
    if (found.length === 0) return undefined;
    const ids = Array.from({ length: maxCandidates }, (_, index) => found[index]?.id ?? null);
    const candidates = await this.sql.query<Omit<Message, 'sessionId' | 'timestamp'>>(repeatQueries.candidates, [
      ...ownerParameters(owner),
      ...ids,
    ]);
    // Compared here: a collation takes different texts for the same.
    const [first] = candidates
      .filter((one) => one.clientMessageId === null && one.createdAt >= since)
      .filter((one) => one.role === role && one.content === content)
      // Pages of the plugin send none of these.
      .filter((one) => one.payload === null && one.metadata === null && one.status === 'complete')
      .sort((a, b) => a.sequence - b.sequence);
    return first && { ...first, sessionId, timestamp };
  }

  async findById(owner: Owner, sessionId: string, id: number): Promise<StoredMessage | undefined> {
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOneBy({ ...live(owner, sessionId), id }),
    );
    return row ? toMessage(row) : undefined;
  }

  /** The timestamp of a message in UTC milliseconds, also when it is in the trash. */
  async findTimestamp(owner: Owner, sessionId: string, id: number): Promise<number | undefined> {
    const where = { ...owner, sessionId, id };
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOne({ select: { timestamp: true }, where }),
    );
    return row?.timestamp;
  }

  /** The version of a message that the current branch has in its place. */
  async findCurrentRevision(owner: Owner, message: Message): Promise<StoredMessage | undefined> {
    const { sessionId, id, sequence } = message;
    const where = { ...owner, sessionId, revisionOf: id, onBranch: 1, sequence: MoreThan(sequence) };
    const row = await this.transactions.read(ChatMessage, (messages) => messages.findOneBy(where));
    return row ? toMessage(row) : undefined;
  }

  /** Whether the message, or its session, is in the trash. */
  async isInTrash(owner: Owner, { sessionId, id }: Message): Promise<boolean> {
    return !(await this.transactions.read(ChatMessage, (messages) =>
      messages.existsBy({ ...live(owner, sessionId), id }),
    ));
  }

  private insertWithTimestamp(owner: Owner, message: StampedMessage): Promise<Message> {
    return this.insertAtFreePosition(owner, message, 'anywhere', [message.timestamp]);
  }

  /**
   * The history position is the timestamp or, when another message has that, the first free millisecond after it
   * (docs/adr/0009-history.md).
   */
  private async insertAtFreePosition(
    owner: Owner,
    message: StampedMessage,
    place: Place,
    timestampParameters: Parameter[],
  ): Promise<Message> {
    const { sessionId, sequence, role, content, createdAt, clientMessageId } = message;
    const { format, payload, metadata, status, requestSha256, parentId, revisionOf } = message;
    const session = [...ownerParameters(owner), sessionId];
    const [statements, parent] =
      parentId === undefined ? [insertQueries.atHead, [...session, ...session]] : [insertQueries.atParent, [parentId]];
    // A message that is still written is not found by a search.
    const folded = status === 'in_progress' ? null : foldIfShort(content);
    const values = [
      ...[...session, sequence, role, content, createdAt, clientMessageId],
      ...[format, payload, metadata, status, requestSha256, folded, revisionOf, ...parent],
    ];
    let historyPosition = message.timestamp;
    let unexplained = 0;
    for (;;) {
      try {
        // A refused row rolls back this statement only, on both engines: the transaction continues.
        const parameters = [...values, ...timestampParameters, historyPosition];
        const { insertId } = await this.sql.execute(statements[place], parameters);
        return { ...message, historyPosition, id: insertId };
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // Only the text of the driver's error would tell which unique key has refused the row.
        if (clientMessageId !== null && (await this.findByClientMessageId(owner, clientMessageId))) {
          throw new DuplicateClientMessageIdError();
        }
        const next = await this.nextFreePosition(owner, message);
        // A later position means that another message has been saved meanwhile: this may happen any number of times.
        if (next <= historyPosition && ++unexplained === maxUnexplainedRefusals) throw error;
        historyPosition = next;
      }
    }
  }

  /**
   * The first free position from the timestamp on that is after the position of the message's predecessor in its session;
   * the end of the history when the next 10,000 are taken.
   */
  private async nextFreePosition(owner: Owner, { sessionId, timestamp }: StampedMessage): Promise<number> {
    const predecessor = await this.sql.queryOne<{ position: number }>(historyPositionQueries.predecessor, [
      ...ownerParameters(owner),
      sessionId,
      timestamp,
    ]);
    let free = Math.max(timestamp, (predecessor?.position ?? 0) + 1);
    for (let queries = 0; queries < maxPositionQueries; queries++) {
      const start = free;
      const taken = await this.sql.query<{ position: number }>(historyPositionQueries.neighbours, [
        ...ownerParameters(owner),
        start,
      ]);
      for (const { position } of taken) if (position === free) free++;
      // Otherwise the result was full, without a gap: continue after it.
      if (free < start + positionsPerQuery) return free;
    }
    const last = await this.sql.queryOne<{ position: number }>(historyPositionQueries.last, ownerParameters(owner));
    return Math.max(free, (last?.position ?? 0) + 1);
  }
}

/** The messages of a session that are not in the trash. */
function live(owner: Owner, sessionId: string) {
  const { sql, parameters } = clearedSequenceOf(owner, sessionId);
  return { ...owner, sessionId, deletionId: IsNull(), sequence: Raw((column) => `${column} > ${sql}`, parameters) };
}

function toMessage(row: ChatMessage): StoredMessage {
  const { activityId: _a, userId: _u, session: _s, folded: _f, deletionId: _d, ...message } = row;
  return { ...message, onBranch: message.onBranch === 1 };
}
