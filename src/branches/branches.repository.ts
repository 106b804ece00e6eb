import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { followsCleared, isLive, notCleared } from '../sessions/live-message-rules.js';
import type { BranchMessage } from './branch.js';
import { rootParent } from './branch-rules.js';

type BranchRow = Omit<BranchMessage, 'onBranch'> & { onBranch: number | null };

/** Messages that one statement reads: statements of SQLite keep all other requests waiting. */
export const messagesPerStatement = 1000;
const shownPerStatement = 100;

const inOrder = forceIndex('unique_chat_sequence');
const ofSession = `WHERE ${ownerCondition} AND chat_session_id = ?`;
const live = (isNotCleared = notCleared) => `${ofSession} AND ${isNotCleared} AND deletion_id IS NULL`;
const select = `SELECT id, sequence, timestamp, parent_id AS parentId, revision_of AS revisionOf, on_branch AS onBranch
  FROM writeassistdev_chat ${inOrder}`;
const update = (set: string) => `UPDATE writeassistdev_chat ${inOrder} SET ${set}`;

/** Hand-written for the forced index; the plans are tested. */
export const branchQueries = {
  before: `${select} ${live(followsCleared)} AND sequence <= ? ORDER BY sequence DESC LIMIT ?`,
  after: `${select} ${live()} AND sequence > ? ORDER BY sequence LIMIT ${messagesPerStatement}`,
  sequence: `SELECT sequence FROM writeassistdev_chat
    WHERE ${ownerFilter} AND chat_session_id = ? AND ${isLive()} AND id = ?`,
  hide: `${update('on_branch = NULL')} ${live()} AND sequence > ? AND on_branch = 1`,
  replaceRoots: `${update('parent_id = ?')} ${ofSession} AND sequence > ? AND parent_id = ${rootParent}`,
  show: `${update('on_branch = 1')} ${live()} AND sequence IN (${Array(shownPerStatement).fill('?').join(', ')})`,
};

/** The messages of a session that are not in the trash, and which are on its current branch. Every method is limited to the owner. */
@Injectable()
export class BranchesRepository {
  constructor(private readonly sql: SqlClient) {}

  /** At most `limit` messages from a sequence back, the last one first. */
  findBefore(owner: Owner, sessionId: string, sequence: number, limit: number): Promise<BranchMessage[]> {
    // MySQL 8 refuses a number bound to LIMIT in the binary protocol, and accepts a string.
    return this.find(branchQueries.before, owner, sessionId, sequence, String(limit));
  }

  /** At most `messagesPerStatement` messages after a sequence, the first one first. */
  findAfter(owner: Owner, sessionId: string, sequence: number): Promise<BranchMessage[]> {
    return this.find(branchQueries.after, owner, sessionId, sequence);
  }

  /** @returns undefined when the session has no such message */
  async findSequence(owner: Owner, sessionId: string, id: number): Promise<number | undefined> {
    const parameters = [...ownerParameters(owner), sessionId, id];
    return (await this.sql.queryOne<{ sequence: number }>(branchQueries.sequence, parameters))?.sequence;
  }

  /** Takes the messages after a sequence off the current branch. @returns how many there were */
  async hideAfter(owner: Owner, sessionId: string, sequence: number): Promise<number> {
    const parameters = [...ofLive(owner, sessionId), sequence];
    return (await this.sql.execute(branchQueries.hide, parameters)).affected;
  }

  /** Puts the messages with these sequences on the current branch. */
  async show(owner: Owner, sessionId: string, sequences: number[]): Promise<void> {
    for (let start = 0; start < sequences.length; start += shownPerStatement) {
      // Always the same number of parameters, so that the statement is prepared once.
      const step = Array.from({ length: shownPerStatement }, (_, index) => sequences[start + index] ?? null);
      await this.sql.execute(branchQueries.show, [...ofLive(owner, sessionId), ...step]);
    }
  }

  /** Has the messages after a sequence that begin the session follow from another one. */
  async replaceRoots(owner: Owner, sessionId: string, sequence: number, parentId: number): Promise<void> {
    const parameters = [parentId, ...ownerParameters(owner), sessionId, sequence];
    await this.sql.execute(branchQueries.replaceRoots, parameters);
  }

  private async find(
    statement: string,
    owner: Owner,
    sessionId: string,
    ...position: (number | string)[]
  ): Promise<BranchMessage[]> {
    const rows = await this.sql.query<BranchRow>(statement, [...ofLive(owner, sessionId), ...position]);
    return rows.map((row) => ({ ...row, onBranch: row.onBranch === 1 }));
  }
}

/** The parameters of the conditions of a session's live messages. */
function ofLive(owner: Owner, sessionId: string): Parameter[] {
  const session = [...ownerParameters(owner), sessionId];
  return [...session, ...session];
}
