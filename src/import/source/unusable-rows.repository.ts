import { maxId } from '../../owners/owner.js';
import type { UnusableRow } from './chat-source.js';
import type { SourceDatabase } from './source-database.js';
import type { SourceTable } from './source-table.js';
import { toText } from './texts.js';

const rowsPerQuery = 1000;

/**
 * Reads the rows of a table that belong to no user or activity, or have no id.
 * @param label the table's name in the report
 * @param condition empty, or begins with AND
 */
export async function* readUnusableRows(
  database: SourceDatabase,
  table: SourceTable,
  label: string,
  condition: string,
): AsyncGenerator<UnusableRow[]> {
  for (let offset = 0; ; offset += rowsPerQuery) {
    const rows = await database.query<{ name: unknown; userId: unknown; activityId: unknown }>(
      table.selectUnusable(condition, rowsPerQuery),
      [offset],
    );
    yield rows.map((row) => {
      const [name, user, activity] = [row.name, row.userId, row.activityId].map(shown);
      const owner = `user ${user} in activity ${activity}`;
      const hasId = toText(row.name).text !== null;
      const problem = hasId ? `${owner}: ids must be from 1 to ${maxId}` : `it has no id (${owner})`;
      return { table: label, name: name ?? '', problem };
    });
    if (rows.length < rowsPerQuery) return;
  }
}

/** Values of a hand-made table may be long. */
function shown(value: unknown): string {
  const { text } = toText(value);
  if (text === null) return 'NULL';
  return /^-?\d{1,20}$/.test(text) ? text : JSON.stringify(text.slice(0, 50));
}
