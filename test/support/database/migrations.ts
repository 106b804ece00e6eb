import { readConfig } from '../../../src/config/read-config.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';

const { migrations } = dataSourceOptions(readConfig({}).database);

/** The names of the migrations of the source, oldest first. */
export const migrationNames = (migrations as (new () => object)[]).map(({ name }) => name);
