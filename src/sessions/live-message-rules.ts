import type { Owner } from '../owners/owner.js';

/**
 * The sequence that messages of a session must exceed, to be neither cleared nor in a session that was deleted: NULL for
 * such a session. A scalar subquery, so that MariaDB does not make a join of it, which would not read the list's index in
 * order.
 */
const clearedSequence = (activityId: string, userId: string, sessionId: string) => `(SELECT cleared_sequence
  FROM writeassistdev_chat_sessions WHERE writeassistdevid = ${activityId} AND userid = ${userId}
    AND session_id = ${sessionId} AND deleted_at IS NULL)`;

/**
 * A condition on messages of one session; its parameters are the owner's and the session's id. With the plus, which
 * changes no value, SQLite cannot choose the index of the sequence, and sort.
 */
export const notCleared = `+sequence > ${clearedSequence('?', '?', '?')}`;

/** The same, as the beginning of a range of the index of the sequence. */
export const followsCleared = notCleared.replace('+', '');

/** The same for a message of TypeORM: the sequence, and the parameters of the statement by their names. */
export const clearedSequenceOf = ({ activityId, userId }: Owner, sessionId: string) => ({
  sql: clearedSequence(':activityId', ':userId', ':sessionId'),
  parameters: { activityId, userId, sessionId },
});

/** A condition on the table `writeassistdev_chat`, or its alias: the message is not in the trash, nor is its session. */
export const isLive = (chat = 'writeassistdev_chat') => `${chat}.sequence > (SELECT s.cleared_sequence
  FROM writeassistdev_chat_sessions s WHERE s.writeassistdevid = ${chat}.writeassistdevid AND s.userid = ${chat}.userid
    AND s.session_id = ${chat}.chat_session_id AND s.deleted_at IS NULL) AND ${chat}.deletion_id IS NULL`;
