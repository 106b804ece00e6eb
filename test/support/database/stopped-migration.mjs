// Migrates until it has created this many tables, prints "stopped", and waits until it is killed.
import { readConfig, readEnvironment } from '../../../dist/src/config/read-config.js';
import { createDataSource } from '../../../dist/src/database/data-source.js';
import { migrate } from '../../../dist/src/database/migrations/migrator.js';

let left = Number(process.argv[2]);
const dataSource = createDataSource(readConfig(readEnvironment()).database);
const create = dataSource.createQueryRunner.bind(dataSource);
dataSource.createQueryRunner = (mode) => {
  const runner = create(mode);
  const query = runner.query.bind(runner);
  runner.query = async (...statement) => {
    const result = await query(...statement);
    if (!/^\s*CREATE TABLE/i.test(statement[0]) || --left > 0) return result;
    process.stdout.write('stopped\n');
    setInterval(() => undefined, 1000);
    return new Promise(() => undefined);
  };
  return runner;
};
await dataSource.initialize();
await migrate(dataSource);
process.stdout.write('done\n');
await dataSource.destroy();
