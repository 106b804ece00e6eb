import type { OpenApi } from './openapi.js';
import { ourTables } from '../database/schema.js';
import type { TestServer } from '../http/server.js';

/** The names of all columns (in entity and table), of all relations, and of all fields of requests and answers. */
export async function everyFieldName(server: TestServer): Promise<string[]> {
  const columns = server.dataSource.entityMetadatas.flatMap(({ columns: all, relations }) => [
    ...all.flatMap(({ propertyName, databaseName }) => [propertyName, databaseName]),
    ...relations.map(({ propertyName }) => propertyName),
  ]);
  const { components } = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  const fields = Object.values(components.schemas).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set([...columns, ...fields])].sort();
}

/** All rows of our tables as JSON, except those of this user. */
export async function everyRow(server: TestServer, exceptUserId?: number): Promise<string[]> {
  const rows: string[] = [];
  for (const table of ourTables(server.dataSource)) {
    const found = await server.dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${table}`);
    const kept = found.filter(({ userid }) => exceptUserId === undefined || Number(userid) !== exceptUserId);
    rows.push(...kept.map((row) => `${table} ${JSON.stringify(row)}`));
  }
  return rows.sort();
}
