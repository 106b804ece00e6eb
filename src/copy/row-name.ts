import type { StoreTable } from '../database/store-tables.js';

/** Names a row by its primary key, like `writeassistdev_chat (id 17)`. */
export function rowName({ name, columns, key }: StoreTable, values: unknown[]): string {
  return `${name} (${key.map((column) => `${column} ${String(values[columns.indexOf(column)])}`).join(', ')})`;
}
