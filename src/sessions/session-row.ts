import { foldTitle } from '../common/fold.js';
import { forceIndex } from '../database/sql/sql-client.js';
import { metadataText, readMetadata } from './session-metadata.js';
import { effectiveTitleSource } from './session-rules.js';
import type { Session, SessionContent } from './session.js';

/** What `changeableColumns` reads. */
export interface ChangeableRow {
  title: string;
  titleSource: string | null;
  pinned: number;
  archived: number;
  metadata: string | null;
}

/** What `selectSessions` reads. */
export type SessionRow = Omit<Session, keyof ChangeableRow | 'isActive'> & ChangeableRow & { isActive: number };

/** What clients change: of the table `s`, or of the only table. */
export const changeableColumns = (s: '' | 's.') =>
  `${s}title, ${s}title_source AS titleSource, ${s}pinned, ${s}archived, ${s}metadata, ${s}version`;

/**
 * Selects sessions `s` with their owner's row `o`, which knows which one is active. MariaDB would read the whole table of
 * owners while it has few, and then sort the sessions.
 * @param hint an index hint
 * @param more columns after a comma
 */
export const selectSessions = (hint = '', more = '') => `
  SELECT s.id AS rowId, s.session_id AS id, COALESCE(o.active_session_id = s.session_id, 0) AS isActive,
    s.message_count AS messageCount, s.last_sequence AS lastSequence, s.last_activity_at AS lastActivityAt,
    s.created_at AS createdAt, s.modified_at AS modifiedAt, s.deleted_at AS deletedAt, ${changeableColumns('s.')}${more}
  FROM writeassistdev_chat_owners o ${forceIndex('PRIMARY')}
  JOIN writeassistdev_chat_sessions s ${hint} ON s.writeassistdevid = o.writeassistdevid AND s.userid = o.userid`;

/** Without a spread, which takes longer than the rest (docs/adr/0036-cpu-of-a-request.md). */
export function toSession(row: SessionRow): Session {
  return {
    rowId: row.rowId,
    id: row.id,
    title: row.title,
    titleSource: effectiveTitleSource(row.titleSource, row.title),
    isActive: row.isActive === 1,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    metadata: readMetadata(row.metadata),
    messageCount: row.messageCount,
    lastSequence: row.lastSequence,
    lastActivityAt: row.lastActivityAt,
    createdAt: row.createdAt,
    modifiedAt: row.modifiedAt,
    version: row.version,
    deletedAt: row.deletedAt,
  };
}

export function readChangeable({ title, titleSource, pinned, archived, metadata }: ChangeableRow): SessionContent {
  return {
    title,
    titleSource: effectiveTitleSource(titleSource, title),
    pinned: pinned === 1,
    archived: archived === 1,
    metadata: readMetadata(metadata),
  };
}

/** The columns, by the names of the entity, for what is given. */
export function toColumns({ title, titleSource, pinned, archived, metadata }: Partial<SessionContent>) {
  return {
    ...(title !== undefined && { title, titleFolded: foldTitle(title) }),
    ...(titleSource !== undefined && { titleSource }),
    ...(pinned !== undefined && { pinned: Number(pinned) }),
    ...(archived !== undefined && { archived: Number(archived) }),
    ...(metadata !== undefined && { metadata: metadataText(metadata) }),
  };
}
