import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { foldTitle } from '../common/fold.js';
import type { ListAnchor } from '../common/pagination.js';
import { SqlClient, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatSession } from './chat-session.entity.js';
import { filterParameters, listOrders, positionParameters, sessionListQueries } from './session-list-queries.js';
import { toSession, type SessionRow } from './session-row.js';
import type { Session, SessionPage, SessionPosition, SessionRange } from './session.js';

/** `sortValue` is what the list is ordered by. */
type ListedRow = SessionRow & SessionPosition;

const foldedTitle = { table: 'writeassistdev_chat_sessions', key: 'PRIMARY', set: 'title_folded = ?' };

/** Pages of an owner's sessions. */
@Injectable()
export class SessionListRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** At most `limit` sessions that meet the filter, starting after the position. @param now UTC milliseconds */
  async findPage(owner: Owner, limit: number, range: SessionRange, now: number): Promise<SessionPage> {
    const rows = await this.findRows(owner, limit + 1, range, now);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const next = rows.length > limit && last ? { sortValue: last.sortValue, rowId: last.rowId } : undefined;
    return { items: items.map(toSession), next };
  }

  /** At most `limit` sessions: the newest ones, newest first, or those on one side of the anchor, nearest first. */
  async findPageByCreation(
    owner: Owner,
    limit: number,
    anchor?: ListAnchor & { createdAt: number },
  ): Promise<Session[]> {
    const position = anchor ? positionParameters({ sortValue: anchor.createdAt, rowId: anchor.rowId }) : [];
    const statement = anchor ? sessionListQueries[anchor.direction] : sessionListQueries.created.firstPage;
    const rows = await this.query(statement, [...ownerParameters(owner), ...position], limit);
    return rows.map(toSession);
  }

  /** @returns the session's time of creation in UTC milliseconds; undefined when it is in the trash */
  async findCreatedAt(owner: Owner, rowId: number): Promise<number | undefined> {
    const row = await this.transactions.read(ChatSession, (sessions) =>
      sessions.findOne({ select: { id: true, createdAt: true }, where: { ...owner, id: rowId, deletedAt: IsNull() } }),
    );
    return row?.createdAt;
  }

  /** Folds the titles that an older program has written, in steps. */
  async foldTitles(owner: Owner): Promise<void> {
    for (let folded = Infinity; folded > 0;) {
      const rows = await this.sql.query<{ id: number; title: string }>(
        sessionListQueries.unfolded,
        ownerParameters(owner),
      );
      if (rows.length === 0) return;
      folded = await this.transactions.run(async () => {
        let matched = 0;
        for (const { id, title } of rows) matched += Number(await this.foldTitle(id, title));
        return matched;
      });
    }
  }

  /** Unless the title has changed meanwhile. */
  private foldTitle(id: number, title: string): Promise<boolean> {
    const update = { ...foldedTitle, where: 'id = ? AND title = ? AND title_folded IS NULL' };
    return this.sql.updateOne(update, [foldTitle(title), id, title]);
  }

  private findRows(owner: Owner, limit: number, range: SessionRange, now: number): Promise<ListedRow[]> {
    const { order, after, filter } = range;
    if (filter) return this.findFilteredRows(owner, limit, range, filterParameters(filter, now));
    const parameters = [...ownerParameters(owner), ...(after ? positionParameters(after) : [])];
    const statement = sessionListQueries[order][after ? 'nextPage' : 'firstPage'];
    return this.query(statement, parameters, limit);
  }

  /** In steps, so that no statement reads more than a part of a long list in which few sessions meet the filter. */
  private async findFilteredRows(
    owner: Owner,
    limit: number,
    { order, after }: SessionRange,
    conditions: Parameter[],
  ): Promise<ListedRow[]> {
    const { start, end } = listOrders[order];
    const { filteredPage, endOfStep } = sessionListQueries[order];
    const rows: ListedRow[] = [];
    for (let from: SessionPosition | undefined = after ?? start; from && rows.length < limit;) {
      const begin: Parameter[] = [...ownerParameters(owner), ...positionParameters(from)];
      const until: SessionPosition | undefined = await this.sql.queryOne(endOfStep, begin);
      const step = [...begin, ...positionParameters(until ?? end), ...conditions];
      rows.push(...(await this.query(filteredPage, step, limit - rows.length)));
      from = until;
    }
    return rows;
  }

  private query(statement: string, parameters: Parameter[], limit: number): Promise<ListedRow[]> {
    // MySQL 8 refuses a number bound to LIMIT in the binary protocol, and accepts a string.
    return this.sql.query(statement, [...parameters, String(limit)]);
  }
}
