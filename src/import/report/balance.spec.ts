import { findImbalances, unchangedCounts } from './balance.js';

const counts = { read: 10, imported: 4, alreadyThere: 3, skipped: 3 };
const table = 'writeassistdev_chat';

describe('findImbalances', () => {
  it('finds none when every row of the source is counted once', () => {
    expect(findImbalances(new Map([[table, counts]]), new Map([[table, 10]]))).toEqual([]);
    expect(findImbalances(new Map([[table, counts]]), new Map())).toEqual([]);
  });

  it.each([['imported'], ['alreadyThere'], ['skipped']] as const)('finds one more and one less in %s', (name) => {
    for (const change of [1, -1]) {
      const wrong = { ...counts, [name]: counts[name] + change };
      const { imported, alreadyThere, skipped } = wrong;
      expect(findImbalances(new Map([[table, wrong]]), new Map([[table, 10]]))).toEqual([
        `${table}: 10 rows were read, but ${imported} imported + ${alreadyThere} already there + ${skipped} skipped = ${10 + change}`,
      ]);
    }
  });

  it('finds rows of the source that were not read', () => {
    expect(findImbalances(new Map([[table, counts]]), new Map([[table, 11]]))).toEqual([
      `${table}: the source has 11 rows, but 10 were read`,
    ]);
  });
});

describe('unchangedCounts', () => {
  it('leaves out tables that changed during the import', () => {
    const lastId = '9';
    const before = new Map([
      ['a', { rows: 1, lastId }],
      ['b', { rows: 2, lastId }],
      ['c', { rows: 3, lastId }],
      ['d', { rows: 4, lastId }],
    ]);
    const after = new Map([
      ['a', { rows: 1, lastId }],
      ['b', { rows: 3, lastId }],
      // One row was deleted and one was added.
      ['c', { rows: 3, lastId: '10' }],
    ]);
    expect(unchangedCounts(before, after)).toEqual(new Map([['a', 1]]));
  });
});
