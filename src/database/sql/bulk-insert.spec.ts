import { bulkInsert } from './bulk-insert.js';
import type { Parameter, SqlClient } from './sql-client.js';

/** How many rows each statement has that inserts these. */
async function rowsPerStatement(rows: Parameter[][], maxChunkBytes?: number): Promise<number[]> {
  const statements: number[] = [];
  const sql = {
    execute: (statement: string, parameters: Parameter[]) => {
      expect(statement).toMatch(/^INSERT INTO t \(a, b\) VALUES \(\?, \?\)/);
      statements.push(parameters.length / 2);
      return Promise.resolve({ affected: 0, insertId: 0 });
    },
  };
  await bulkInsert(sql as unknown as SqlClient, 't', ['a', 'b'], rows, maxChunkBytes);
  return statements;
}

describe('inserting many rows', () => {
  const row = [1, 'x'.repeat(100)];

  it('takes statements of few sizes', async () => {
    expect(await rowsPerStatement(Array<Parameter[]>(123).fill(row))).toEqual([100, 10, 10, 1, 1, 1]);
    expect(await rowsPerStatement([])).toEqual([]);
  });

  it.each([
    [undefined, 10],
    [3100, 10],
    [3000, 1],
    [300, 1],
  ])('with at most %s bytes each, unless one row has more', async (maxChunkBytes, size) => {
    const sizes = await rowsPerStatement(Array<Parameter[]>(20).fill(row), maxChunkBytes);
    expect(sizes).toEqual(Array<number>(20 / size).fill(size));
  });
});
