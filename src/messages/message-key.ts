/** The columns by which a row refers to its message, which has a unique key on them. */
export function messageKey(foreignKeyConstraintName: string) {
  return [
    { name: 'writeassistdevid', referencedColumnName: 'activityId', foreignKeyConstraintName },
    { name: 'userid', referencedColumnName: 'userId', foreignKeyConstraintName },
    { name: 'chat_session_id', referencedColumnName: 'sessionId', foreignKeyConstraintName },
    { name: 'sequence', referencedColumnName: 'sequence', foreignKeyConstraintName },
  ];
}
