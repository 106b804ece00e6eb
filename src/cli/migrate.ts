import { readConfig, readEnvironment } from '../config/read-config.js';
import { createDataSource } from '../database/data-source.js';
import { migrate, pendingMigrations, revert } from '../database/migrator.js';
import { startProblem } from '../database/start-problem.js';
import { failStart } from '../server/fail-start.js';
import { StartupError } from '../common/startup-error.js';

const say = (line: string) => process.stdout.write(`${line}\n`);
const onWaiting = () => say('Another process is migrating; waiting for it.');

/** `run` brings the database up to date, `revert` undoes the newest migration and all that is in it, `show` lists what is outstanding. */
async function main(command: string | undefined): Promise<void> {
  const config = readConfig(readEnvironment());
  const dataSource = createDataSource(config.database);
  try {
    await dataSource.initialize();
    if (command === 'run') {
      const done = await migrate(dataSource, onWaiting);
      say(done.length === 0 ? 'Nothing to do: all migrations are done.' : `Done: ${done.join(', ')}`);
    } else if (command === 'revert') {
      await revert(dataSource, onWaiting);
      say('The newest migration is undone.');
    } else if (command === 'show') {
      const pending = await pendingMigrations(dataSource);
      say(pending.length === 0 ? 'All migrations are done.' : `Outstanding: ${pending.join(', ')}`);
    } else {
      throw new StartupError(['usage: npm run migration:run | migration:revert | migration:show']);
    }
  } catch (error) {
    throw startProblem(error, config.database) ?? error;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

await main(process.argv[2]).catch(failStart);
