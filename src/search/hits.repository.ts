import { Injectable } from '@nestjs/common';
import { SqlClient } from '../database/sql/sql-client.js';
import { ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';

/** What a hit shows of its message. */
export interface ShownMessage {
  id: number;
  content: string;
  sessionTitle: string;
}

const idsPerStatement = 16;
/** Contents up to this size are read together, in bytes. */
const maxTogetherBytes = 64 * 1024;

const joined = `SELECT m.id, m.content, s.title AS sessionTitle
  FROM writeassistdev_chat m JOIN writeassistdev_chat_sessions s ON s.writeassistdevid = m.writeassistdevid
    AND s.userid = m.userid AND s.session_id = m.chat_session_id
  WHERE +m.writeassistdevid = ? AND +m.userid = ? AND s.deleted_at IS NULL AND m.sequence > s.cleared_sequence
    AND m.deletion_id IS NULL`;
/** The plans are tested. */
export const hitQueries = {
  together: `${joined} AND m.id IN (${Array(idsPerStatement).fill('?').join(', ')})`,
  alone: `${joined} AND m.id = ?`,
};

/** The messages of a page of hits, with the titles of their sessions. Limited to the owner. */
@Injectable()
export class HitsRepository {
  constructor(private readonly sql: SqlClient) {}

  /** In no order; large contents one by one. Messages that were deleted meanwhile are left out. */
  async *read(owner: Owner, messages: { id: number; bytes: number }[]): AsyncGenerator<ShownMessage> {
    const small = messages.filter(({ bytes }) => bytes <= maxTogetherBytes);
    for (let start = 0; start < small.length; start += idsPerStatement) {
      // Always the same number of parameters, so that the statement is prepared once.
      const ids = Array.from({ length: idsPerStatement }, (_, index) => small[start + index]?.id ?? null);
      yield* await this.sql.query<ShownMessage>(hitQueries.together, [...ownerParameters(owner), ...ids]);
    }
    for (const { id, bytes } of messages) {
      if (bytes <= maxTogetherBytes) continue;
      yield* await this.sql.query<ShownMessage>(hitQueries.alone, [...ownerParameters(owner), id]);
    }
  }
}
