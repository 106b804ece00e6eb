import type { Parameter, SqlClient } from './sql-client.js';

/** Rows per statement: few sizes, so that few statements are prepared. */
const rowsPerStatement = [100, 10, 1];
/** Maximum of a statement with several rows: the server limits a packet (`max_allowed_packet`). */
const maxChunkBytes = 1024 * 1024;

/**
 * Inserts all rows in order, in as few statements as possible. Inside a transaction.
 * @param maxPacketBytes a lower maximum of a statement with several rows than the usual 1 MiB
 */
export async function bulkInsert(
  sql: SqlClient,
  table: string,
  columns: string[],
  rows: Parameter[][],
  maxPacketBytes = maxChunkBytes,
): Promise<void> {
  for (let start = 0; start < rows.length;) {
    const size = fittingRowCount(rows, start, Math.min(maxPacketBytes, maxChunkBytes));
    const placeholders = `(${columns.map(() => '?').join(', ')})`;
    await sql.execute(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(size).fill(placeholders).join(', ')}`,
      rows.slice(start, start + size).flat(),
    );
    start += size;
  }
}

function fittingRowCount(rows: Parameter[][], start: number, maxBytes: number): number {
  const fits = (size: number) => {
    if (start + size > rows.length) return false;
    const chunk = rows.slice(start, start + size);
    return chunk.reduce((sum, row) => sum + row.reduce(addBytes, 0), 0) <= maxBytes;
  };
  return rowsPerStatement.find(fits) ?? 1;
}

/** Upper estimate: a UTF-16 code unit takes at most three bytes in UTF-8. */
function addBytes(sum: number, value: Parameter): number {
  if (typeof value === 'string') return sum + value.length * 3;
  return sum + (value instanceof Uint8Array ? value.length : 8);
}
