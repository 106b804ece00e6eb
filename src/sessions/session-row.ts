import { foldTitle } from '../common/fold.js';
import { forceIndex } from '../database/sql/sql-client.js';
import { metadataText, readMetadata } from './session-metadata.js';
import { effectiveTitleSource } from './session-rules.js';
import type { Preview } from '../common/preview.js';
import type { Session, SessionContent } from './session.js';

/** What `changeableColumns` reads. */
export interface ChangeableRow {
  title: string;
  titleSource: string | null;
  pinned: number;
  archived: number;
  metadata: string | null;
}

interface PreviewRow {
  previewText: string | null;
  previewRole: string | null;
  previewAt: number | null;
}

/** What `selectSessions` reads. */
export type SessionRow = Omit<Session, keyof ChangeableRow | 'isActive' | 'preview'> &
  ChangeableRow &
  PreviewRow & { isActive: number };

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
    s.created_at AS createdAt, s.modified_at AS modifiedAt, s.deleted_at AS deletedAt, ${changeableColumns('s.')},
    s.preview_text AS previewText, s.preview_role AS previewRole, s.preview_at AS previewAt,
    s.last_read_sequence AS lastReadSequence, s.unread_count AS unreadCount,
    s.summary_sequence AS summarySequence${more}
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
    preview: readPreview(row),
    lastReadSequence: row.lastReadSequence,
    // A program from before these columns clears a session without setting them.
    unreadCount: row.messageCount === 0 ? 0 : row.unreadCount,
    summarySequence: row.summarySequence,
  };
}

function readPreview({ messageCount, previewText, previewRole, previewAt }: SessionRow): Preview | null {
  if (messageCount === 0 || previewText === null || previewAt === null) return null;
  return { text: previewText, role: previewRole as Preview['role'], timestamp: previewAt };
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
