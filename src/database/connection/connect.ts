import type { DataSource } from 'typeorm';
import type { DatabaseConfig } from '../../config/config.js';
import { proveStoreSession } from '../mysql/session-proof.js';
import { proveStorage } from '../mysql/storage-proof.js';
import { describeServer } from './startup-errors.js';

/**
 * Connects. On MariaDB and MySQL it proves before that a connection has the session that the code relies on.
 * @throws StartupError naming the variable that has another value; what the driver throws
 */
export async function connect(dataSource: DataSource, config: DatabaseConfig): Promise<void> {
  if (config.engine === 'mysql') await proveStoreSession(config, describeServer(config));
  await dataSource.initialize();
}

/**
 * Proves on MariaDB and MySQL that the migrated tables store every character.
 * @throws StartupError naming the column that does not; what the driver throws
 */
export async function proveWrites(dataSource: DataSource, config: DatabaseConfig): Promise<void> {
  if (config.engine === 'mysql') await proveStorage(dataSource, describeServer(config));
}
