import type { Owner } from '../owners/owner.js';

/**
 * The sequence that messages of a session must exceed, to be neither cleared nor in a session that was deleted: NULL for
 * such a session. A scalar subquery, so that MariaDB does not make a join of it, which would not read the list's index in
 * order. Its parameters are the owner's and the session's id.
 */
export const clearedSequence = `(SELECT cleared_sequence FROM writeassistdev_chat_sessions
  WHERE writeassistdevid = ? AND userid = ? AND session_id = ? AND deleted_at IS NULL)`;

/** The same for TypeORM, with named parameters. */
export const clearedSequenceOf = ({ activityId, userId }: Owner, sessionId: string) => ({
  sql: clearedSequence.replace('?', ':activityId').replace('?', ':userId').replace('?', ':sessionId'),
  parameters: { activityId, userId, sessionId },
});

/** A condition on the table `writeassistdev_chat`, or its alias: the message is not in the trash, nor is its session. */
export const isLive = (chat = 'writeassistdev_chat') => `${chat}.sequence > (SELECT s.cleared_sequence
  FROM writeassistdev_chat_sessions s WHERE s.writeassistdevid = ${chat}.writeassistdevid AND s.userid = ${chat}.userid
    AND s.session_id = ${chat}.chat_session_id AND s.deleted_at IS NULL) AND ${chat}.deletion_id IS NULL`;
