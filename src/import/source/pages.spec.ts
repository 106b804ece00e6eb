import { groupsByBytes, pagesById, type Position } from './pages.js';

describe('pagesById', () => {
  async function pages(ids: number[], size: number, hasUniqueIds: boolean): Promise<number[][]> {
    const rows = ids.map((id) => ({ id, position: String(id) }));
    const fetch = (after: Position | undefined, limit: number) =>
      Promise.resolve(rows.filter(({ id }) => after === undefined || id > Number(after)).slice(0, limit));
    const found: number[][] = [];
    for await (const page of pagesById({ hasUniqueIds, size }, fetch)) found.push(page.map(({ id }) => id));
    return found;
  }

  it.each([
    [[], []],
    [[Number.MIN_SAFE_INTEGER], [[Number.MIN_SAFE_INTEGER]]],
    [
      [-5, 0, 7],
      [[-5, 0], [7]],
    ],
    [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('gives unique ids in pages of one size: %j', async (ids, expected) => {
    expect(await pages(ids, 2, true)).toEqual(expected);
  });

  it.each([[[1, 1, 2]], [[1, 2, 2, 2, 2, 2, 3, 3]], [[1, 1, 1, 1]], [[1, 2, 3, 3]], [[7, 7, 7, 7, 7, 7, 7, 8, 9, 9]]])(
    'keeps the rows of one id in one page, and loses none: %j',
    async (ids) => {
      for (const size of [1, 2, 3, 4, 20]) {
        const found = await pages(ids, size, false);
        expect(found.flat()).toEqual(ids);
        for (const id of ids) expect(found.filter((page) => page.includes(id))).toHaveLength(1);
      }
    },
  );
});

describe('groupsByBytes', () => {
  it.each([
    [[], []],
    [
      [3, 3, 3, 3],
      [[3, 3, 3], [3]],
    ],
    [[10], [[10]]],
    [
      [11, 1],
      [[11], [1]],
    ],
    [
      [1, 20, 1, 1],
      [[1], [20], [1, 1]],
    ],
  ])('groups %j in order', (sizes, expected) => {
    expect([...groupsByBytes(sizes, (size) => size, 10)]).toEqual(expected);
  });
});
