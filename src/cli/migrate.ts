import type { DatabaseConfig } from '../config/config.js';
import { readConfig, readEnvironment } from '../config/read-config.js';
import { createDataSource } from '../database/data-source.js';
import { migrate, pendingMigrations, revert } from '../database/migrations/migrator.js';
import { connect } from '../database/connection/connect.js';
import { toStartupError } from '../database/connection/startup-errors.js';
import { parseOptions, printHelpOrVersion, usageError } from '../server/command-line.js';
import { exitWithError } from '../server/exit-with-error.js';

const usage = 'usage: npm run migration:run | migration:revert | migration:show';
const help = `${usage}

  migration:run     brings the database up to date
  migration:revert  undoes the newest migration and deletes all data in what it created
  migration:show    lists the migrations that are outstanding

The database is that of DATABASE_URL, or SQLite in DATA_DIR. Options: --help, --version`;

const printLine = (line: string) => process.stdout.write(`${line}\n`);
const onWaiting = () => printLine('Another process is migrating; waiting for it.');

type Command = (dataSource: ReturnType<typeof createDataSource>, config: DatabaseConfig) => Promise<string>;

/** Each command returns the line to print. */
const commands: Record<string, Command | undefined> = {
  /** Runs all pending migrations. */
  run: async (dataSource, config) => {
    const done = await migrate(dataSource, onWaiting, config);
    return done.length === 0 ? 'Nothing to do: all migrations are done.' : `Done: ${done.join(', ')}`;
  },
  /** Reverts the newest migration, including the data in the tables and columns that it created. */
  revert: async (dataSource) => {
    const isReverted = await revert(dataSource, onWaiting);
    return isReverted ? 'The newest migration is undone.' : 'Nothing to do: no migration was run.';
  },
  /** Lists the pending migrations. */
  show: async (dataSource) => {
    const pending = await pendingMigrations(dataSource);
    return pending.length === 0 ? 'All migrations are done.' : `Outstanding: ${pending.join(', ')}`;
  },
};

async function main(args: string[]): Promise<void> {
  printHelpOrVersion(args, help);
  const [name = '', ...options] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw usageError(usage);
  parseOptions(options, {}, usage);
  // The database must be readable only by the user of this process.
  process.umask(0o077);
  const { database } = readConfig(readEnvironment());
  const dataSource = createDataSource(database);
  try {
    await connect(dataSource, database);
    printLine(await command(dataSource, database));
  } catch (error) {
    throw toStartupError(error, database) ?? error;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

await main(process.argv.slice(2)).catch(exitWithError);
