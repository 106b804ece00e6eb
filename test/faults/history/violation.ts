/** The kinds of broken promises that the checks find. */
export const violationKinds = [
  'lost',
  'duplicated',
  'out of order',
  'rejected but stored',
  'resurrected',
  'altered',
  'foreign',
  'orphan',
  'wrong counter',
  'two active sessions',
  'incomplete list',
  'repeated in a list',
  'unordered list',
  'wrong title',
  'wrong parent',
  'broken branch',
  'wrong end',
  'lost session',
  'unexpected answer',
] as const;

export interface Violation {
  kind: (typeof violationKinds)[number];
  what: string;
}
