import { createDataSource } from '../../database/data-source.js';
import { connect } from '../../database/connection/connect.js';
import { toStartupError, toUnreachableError } from '../../database/connection/startup-errors.js';
import type { MysqlConfig } from '../../config/config.js';
import { longStatements } from '../../database/mysql/session-variables.js';
import { withQueryRunner } from '../../database/with-query-runner.js';

type DataSource = ReturnType<typeof createDataSource>;
export type Runner = ReturnType<DataSource['createQueryRunner']>;

/**
 * Connects without migrating.
 * @throws StartupError when the database cannot be used; what `work` throws
 */
export async function withRunner<Result>(
  config: MysqlConfig,
  work: (runner: Runner, dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const dataSource = createDataSource({ ...config, ...longStatements });
  try {
    await connect(dataSource, config);
    return await withQueryRunner(dataSource, (runner) => work(runner, dataSource));
  } catch (error) {
    throw toStartupError(error, config) ?? toUnreachableError(error, config);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}
