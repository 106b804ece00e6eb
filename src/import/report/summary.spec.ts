import { summaryText, type Summary } from './summary.js';

const group = { count: 0, ids: [] };
const summary: Summary = {
  source: 'writeassistdev@abc',
  found: ['writeassistdev_chat (times as numbers)'],
  mode: 'import',
  tables: { writeassistdev_chat: { read: 3, imported: 1, alreadyThere: 1, skipped: 1 } },
  sessionsMade: 0,
  changed: 0,
  imbalances: [],
  inactiveUsers: null,
  verification: null,
  failure: null,
  seconds: 1,
  peakMemoryMiB: 100,
};
const verification = { owners: 1, messages: 5, different: 0, acknowledged: 0, newInSource: 0, differentOwners: [] };

describe('summaryText', () => {
  it('has no lines about what did not happen', () => {
    const inactiveUsers = { deleted: group, suspended: group, missing: group };
    expect(summaryText({ ...summary, inactiveUsers })).not.toMatch(/Users|projects|add up|Ended|Acknowledged/);
  });

  it('says what a row of the table of projects is', () => {
    const tables = { writeassistdev_work: { read: 1, imported: 1, alreadyThere: 0, skipped: 0 } };
    expect(summaryText({ ...summary, tables })).toContain('each message of a chat history counts as one');
  });

  it('names the first users who are deleted, suspended or missing', () => {
    const inactiveUsers = { deleted: { count: 3, ids: [5, 8] }, suspended: { count: 1, ids: [4] }, missing: group };
    const text = summaryText({ ...summary, inactiveUsers });
    expect(text).toContain('\nUsers with chats who are deleted in Moodle: 3 (5, 8, and 1 more).\n');
    expect(text).toContain('\nUsers with chats who are suspended in Moodle: 1 (4).\n');
    expect(text).not.toContain('missing');
  });

  it('says which counts do not add up', () => {
    const imbalances = ['writeassistdev_chat: the source has 11 rows, but 10 were read'];
    expect(summaryText({ ...summary, imbalances })).toContain(`\nThe counts do not add up: ${imbalances[0] ?? ''}\n`);
  });

  it('counts acknowledged differences and rows that are not imported yet', () => {
    const text = summaryText({
      ...summary,
      mode: 'verify',
      verification: { ...verification, acknowledged: 2, newInSource: 7 },
    });
    expect(text).toContain('5 imported messages of 1 owners compared: no new difference\n');
    expect(text).toContain('\nAcknowledged differences, which do not count: 2.\n');
    expect(text).toContain('\nRows that Moodle saved since the last import: 7.\n');
  });

  it('says what a comparison has found', () => {
    const line = (changes: Partial<typeof verification>, imbalances: string[] = []) =>
      summaryText({ ...summary, mode: 'verify', imbalances, verification: { ...verification, ...changes } })
        .split('\n')
        .find((text) => text.includes('compared: '))
        ?.replace(/.*compared: /, '');
    expect(line({})).toBe('all are the same');
    expect(line({ different: 3, acknowledged: 2 })).toBe('3 differ');
    expect(line({ messages: 0, owners: 0 })).toBe('nothing to compare');
    expect(line({}, ['writeassistdev_chat: the source has 5 rows, but 4 were read'])).toBe(
      'no difference in what was read',
    );
  });
});
