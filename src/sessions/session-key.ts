import { ownerKey } from '../owners/owner-key.js';

/** The columns by which a row refers to its session, which has a unique key on them. */
export function sessionKey(foreignKeyConstraintName: string) {
  return [
    ...ownerKey(foreignKeyConstraintName),
    { name: 'chat_session_id', referencedColumnName: 'sessionId', foreignKeyConstraintName },
  ];
}
