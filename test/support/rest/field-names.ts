import type { OpenApi } from './openapi.js';
import { ourTables } from '../database/schema.js';
import type { TestServer } from '../http/server.js';

/** What every column is called in its entity and in its table, every relation, and every field of any request or answer. */
export async function everyFieldName(server: TestServer): Promise<string[]> {
  const columns = server.dataSource.entityMetadatas.flatMap(({ columns: all, relations }) => [
    ...all.flatMap(({ propertyName, databaseName }) => [propertyName, databaseName]),
    ...relations.map(({ propertyName }) => propertyName),
  ]);
  const { components } = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  const fields = Object.values(components.schemas).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set([...columns, ...fields])].sort();
}

/** Every row of every table of ours, as JSON, but those of this user. */
export async function everyRow(server: TestServer, but?: number): Promise<string[]> {
  const rows: string[] = [];
  for (const table of ourTables(server.dataSource)) {
    const found = await server.dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${table}`);
    const kept = found.filter(({ userid }) => but === undefined || Number(userid) !== but);
    rows.push(...kept.map((row) => `${table} ${JSON.stringify(row)}`));
  }
  return rows.sort();
}
