import { StartupError } from '../common/startup-error.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { createDataSource } from '../database/data-source.js';
import { migrate, pendingMigrations, revert } from '../database/migrations/migrator.js';
import { toStartupError } from '../database/connection/startup-errors.js';
import { exitWithError } from '../server/exit-with-error.js';

const say = (line: string) => process.stdout.write(`${line}\n`);
const onWaiting = () => say('Another process is migrating; waiting for it.');

type Command = (dataSource: ReturnType<typeof createDataSource>) => Promise<string>;

/** What each command does, and says when it is done. */
const commands: Record<string, Command | undefined> = {
  /** Brings the database up to date. */
  run: async (dataSource) => {
    const done = await migrate(dataSource, onWaiting);
    return done.length === 0 ? 'Nothing to do: all migrations are done.' : `Done: ${done.join(', ')}`;
  },
  /** Undoes the newest migration, and all that is in what it made. */
  revert: async (dataSource) => {
    const undone = await revert(dataSource, onWaiting);
    return undone ? 'The newest migration is undone.' : 'Nothing to do: no migration was run.';
  },
  /** Says what is outstanding. */
  show: async (dataSource) => {
    const pending = await pendingMigrations(dataSource);
    return pending.length === 0 ? 'All migrations are done.' : `Outstanding: ${pending.join(', ')}`;
  },
};

async function main(name = ''): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new StartupError(['usage: npm run migration:run | migration:revert | migration:show']);
  // What this process writes is for its own user alone.
  process.umask(0o077);
  const { database } = readConfig(readEnvironment());
  const dataSource = createDataSource(database);
  try {
    await dataSource.initialize();
    say(await command(dataSource));
  } catch (error) {
    throw toStartupError(error, database) ?? error;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

await main(process.argv[2]).catch(exitWithError);
