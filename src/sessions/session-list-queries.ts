import { forceIndex } from '../database/sql/sql-client.js';
import { selectSessions } from './session-row.js';
import type { SessionFilter, SessionOrder, SessionPosition } from './session.js';
import { metadataLine } from './session-metadata.js';
import { maxTitleWords } from './title-words.js';

interface ListOrder {
  column: string;
  index: string;
  /** Comparisons with the position before a page, and with the last one of a step. */
  after: '<' | '>';
  until: '<' | '>';
  direction: '' | 'DESC';
  /** Whether it is NULL in a row of an older program, which is in no page. */
  isFilledLater?: boolean;
  /** Positions before the first session and after the last one. */
  start: SessionPosition;
  end: SessionPosition;
}

const newestFirst = {
  after: '<',
  until: '>',
  direction: 'DESC',
  start: { sortValue: Number.MAX_SAFE_INTEGER, rowId: 0 },
  end: { sortValue: -1, rowId: 0 },
} as const;

export const listOrders: Record<SessionOrder, ListOrder> = {
  activity: { column: 's.last_activity_at', index: 'ix_chat_sessions_recent', ...newestFirst },
  created: { column: 's.created_at', index: 'ix_chat_sessions_created', ...newestFirst },
  title: {
    ...{ column: 's.title_folded', index: 'ix_chat_sessions_title', after: '>', until: '<', direction: '' },
    isFilledLater: true,
    start: { sortValue: Buffer.alloc(0), rowId: 0 },
    // No UTF-8 begins with this byte.
    end: { sortValue: Buffer.of(0xff), rowId: 0 },
  },
};

/** Sessions of one step of a list with a filter, which reads all of them when none meets it. */
export const sessionsPerStep = 2000;

// MariaDB reads a list in the order of its index only when the condition names the columns of the sessions' table.
const ofOwner = 's.writeassistdevid = ? AND s.userid = ?';
const isLive = 's.deleted_at IS NULL';
const byCreation = `${selectSessions(forceIndex('ix_chat_sessions_created'))} WHERE ${ofOwner} AND ${isLive}`;
const orderBy = ({ column, direction }: ListOrder) => `ORDER BY ${column} ${direction}, s.id ${direction}`;
/** With positions in this form both engines read the index from the position on, which they do not for a row constructor. */
const afterPosition = ({ column, after }: ListOrder) => `${column} ${after}= ? AND (${column} <> ? OR s.id ${after} ?)`;
const untilPosition = ({ column, until }: ListOrder) =>
  `${column} ${until}= ? AND (${column} <> ? OR s.id ${until}= ?)`;
const select = (order: ListOrder) =>
  `${selectSessions(forceIndex(order.index), `, ${order.column} AS sortValue`)} WHERE ${ofOwner}`;
/** One that is due is not there any more. MariaDB would read the table of all deletions for EXISTS. */
const isInTrash = `s.deleted_at IS NOT NULL AND (SELECT MAX(d.purge_at)
  FROM writeassistdev_chat_deletions d ${forceIndex('ix_chat_deletions_session')}
  WHERE d.writeassistdevid = s.writeassistdevid AND d.userid = s.userid AND d.chat_session_id = s.session_id
    AND d.kind = 'session' AND d.claimed_until = 0) > ?`;
const filters = `((? = 1 AND ${isLive}) OR (? = 1 AND ${isInTrash})) AND s.pinned IN (?, ?) AND s.archived IN (?, ?)
  AND (? IS NULL OR INSTR(s.metadata, ?) > 0)
  AND (? IS NULL OR (${Array(maxTitleWords).fill('INSTR(s.title_folded, ?) > 0').join(' AND ')}))`;

const queriesOf = (order: ListOrder) => ({
  firstPage: `${select(order)} AND ${isLive}${order.isFilledLater ? ` AND ${order.column} IS NOT NULL` : ''} ${orderBy(order)} LIMIT ?`,
  nextPage: `${select(order)} AND ${isLive} AND ${afterPosition(order)} ${orderBy(order)} LIMIT ?`,
  filteredPage: `${select(order)} AND ${afterPosition(order)} AND ${untilPosition(order)} AND ${filters}
    ${orderBy(order)} LIMIT ?`,
  /** The last position of a step; reads the index alone. */
  endOfStep: `SELECT ${order.column} AS sortValue, s.id AS rowId
    FROM writeassistdev_chat_sessions s ${forceIndex(order.index)}
    WHERE ${ofOwner} AND ${afterPosition(order)} ${orderBy(order)} LIMIT 1 OFFSET ${sessionsPerStep - 1}`,
});

/** Hand-written, since `isActive` needs the owner's row and a list its forced index; the plans are tested. */
export const sessionListQueries = {
  activity: queriesOf(listOrders.activity),
  created: queriesOf(listOrders.created),
  title: queriesOf(listOrders.title),
  /** Those next to one, on either side. */
  before: `${byCreation} AND s.created_at <= ? AND (s.created_at <> ? OR s.id < ?)
    ORDER BY s.created_at DESC, s.id DESC LIMIT ?`,
  after: `${byCreation} AND s.created_at >= ? AND (s.created_at <> ? OR s.id > ?) ORDER BY s.created_at, s.id LIMIT ?`,
  /** Sessions whose titles an older program has written. */
  unfolded: `SELECT id, title FROM writeassistdev_chat_sessions ${forceIndex('ix_chat_sessions_title')}
    WHERE writeassistdevid = ? AND userid = ? AND title_folded IS NULL LIMIT 100`,
};

/** The parameters of a position. */
export const positionParameters = ({ sortValue, rowId }: SessionPosition) => [sortValue, sortValue, rowId];

/** The parameters of the conditions of a filtered page. @param now UTC milliseconds */
export function filterParameters({ state, pinned, archived, metadata, titleWords }: SessionFilter, now: number) {
  const states = [Number(state !== 'trash'), Number(state !== 'live'), now];
  const line = metadata ? metadataLine(metadata.key, metadata.value) : null;
  const words = titleWords?.map((word) => Buffer.from(word)) ?? [];
  const [first = null] = words;
  // A word more than once changes nothing.
  const needles = Array.from({ length: maxTitleWords }, (_, index) => words[index] ?? first);
  return [...states, ...bothOr(pinned), ...bothOr(archived), line, line, first, ...needles];
}

function bothOr(flag: boolean | undefined): [number, number] {
  return flag === undefined ? [0, 1] : [Number(flag), Number(flag)];
}
