/** The columns by which a row refers to its owner. */
export function ownerKey(foreignKeyConstraintName: string) {
  return [
    { name: 'writeassistdevid', referencedColumnName: 'activityId', foreignKeyConstraintName },
    { name: 'userid', referencedColumnName: 'userId', foreignKeyConstraintName },
  ];
}
