import type { DataSource } from 'typeorm';
import { foldedText } from './column-types.js';
import { entities } from './entities.js';

/** A table of this service, as its entity describes it. */
export interface StoreTable {
  name: string;
  /** Without folded texts, which are made of others. */
  columns: string[];
  /** The columns of the primary key, in its order. */
  key: string[];
  /** Whether the database assigns the ids. */
  hasGeneratedId: boolean;
}

/** The tables of all entities, parents first. */
export function storeTables(dataSource: DataSource): StoreTable[] {
  return entities
    .map((entity) => dataSource.getMetadata(entity))
    .map(({ tableName, columns, primaryColumns, generatedColumns }) => ({
      name: tableName,
      columns: columns.filter(({ type }) => type !== foldedText.type).map(({ databaseName }) => databaseName),
      key: primaryColumns.map(({ databaseName }) => databaseName),
      hasGeneratedId: generatedColumns.length > 0,
    }));
}
