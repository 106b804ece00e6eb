import type { Parameter, SqlClient } from './sql-client.js';

/** So many rows go in one statement: constant texts, each prepared once. */
const rowsPerStatement = [100, 10, 1];
/** Rows of more than this go alone: the server bounds what it takes in one piece (`max_allowed_packet`). */
const maxChunkBytes = 1024 * 1024;

/** Inserts all rows in their order, in few statements. For the inside of a unit of work. */
export async function bulkInsert(sql: SqlClient, table: string, columns: string[], rows: Parameter[][]): Promise<void> {
  for (let start = 0; start < rows.length;) {
    const size = fittingRowCount(rows, start);
    const one = `(${columns.map(() => '?').join(', ')})`;
    await sql.execute(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(size).fill(one).join(', ')}`,
      rows.slice(start, start + size).flat(),
    );
    start += size;
  }
}

function fittingRowCount(rows: Parameter[][], start: number): number {
  const fits = (size: number) => {
    if (start + size > rows.length) return false;
    const some = rows.slice(start, start + size);
    return some.reduce((sum, row) => sum + row.reduce(addBytes, 0), 0) <= maxChunkBytes;
  };
  return rowsPerStatement.find(fits) ?? 1;
}

/** At most three bytes of UTF-8 a UTF-16 unit. */
function addBytes(sum: number, value: Parameter): number {
  return sum + (typeof value === 'string' ? value.length * 3 : 8);
}
