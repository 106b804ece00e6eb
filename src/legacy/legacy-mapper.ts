import type { Message } from '../messages/message.js';
import type { Owner } from '../owners/owner.js';
import type { Session } from '../sessions/session.js';
import { toExactSeconds, toSeconds } from './parsing/time.js';

/** Name of the activity's field in rows: it was renamed together with the plugin. */
export type ActivityField = 'writeassistdevid' | 'researchflowid';

export function toSessionRow({ activityId, userId }: Owner, activityField: ActivityField, session: Session) {
  return {
    id: session.rowId,
    [activityField]: activityId,
    userid: userId,
    session_id: session.id,
    title: session.title,
    is_active: session.isActive ? 1 : 0,
    created_at: toSeconds(session.createdAt),
    modified_at: toSeconds(session.modifiedAt),
    message_count: session.messageCount,
  };
}

export function toMessageRow({ activityId, userId }: Owner, activityField: ActivityField, message: Message) {
  return {
    id: message.id,
    [activityField]: activityId,
    userid: userId,
    chat_session_id: message.sessionId,
    role: message.role,
    content: message.content,
    timestamp: toSeconds(message.timestamp),
    created_at: toSeconds(message.createdAt),
  };
}

export function toHistoryItem({ id, role, content, historyPosition }: Message) {
  return { id, role, content, timestamp: toExactSeconds(historyPosition) };
}
