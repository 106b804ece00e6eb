import type { StoreTable } from '../database/store-tables.js';

/** Names a row by its primary key, like `writeassistdev_chat (id 17)`. @param values texts may be bytes */
export function rowName({ name, columns, key }: StoreTable, values: unknown[]): string {
  return `${name} (${key.map((column) => `${column} ${shown(values[columns.indexOf(column)])}`).join(', ')})`;
}

/** In one line. */
function shown(value: unknown): string {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
  return /^[!-~]+$/.test(text) ? text : JSON.stringify(text);
}
