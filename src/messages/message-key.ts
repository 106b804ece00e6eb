import { sessionKey } from '../sessions/session-key.js';

/** The columns by which a row refers to its message, which has a unique key on them. */
export function messageKey(foreignKeyConstraintName: string) {
  return [
    ...sessionKey(foreignKeyConstraintName),
    { name: 'sequence', referencedColumnName: 'sequence', foreignKeyConstraintName },
  ];
}
