import type { Config } from '../../config/config.js';
import type { DatabaseInspector } from './database-inspector.js';
import { MysqlInspector } from './mysql-inspector.js';
import { SqliteInspector } from './sqlite-inspector.js';

/** @throws StartupError when a file of the TLS settings cannot be read */
export function createInspector(config: Config): DatabaseInspector {
  const { database } = config;
  return database.engine === 'sqlite' ? new SqliteInspector(database) : new MysqlInspector(database, config);
}
