import { DomainError } from '../common/domain-error.js';
import { StartupError, configurationError } from '../common/startup-error.js';
import type { MysqlConfig } from '../config/config.js';
import { deniedCommand, describeServer, toStartupError } from '../database/connection/startup-errors.js';
import { errorClass, errorCode, mysqlErrorNumber, sqliteErrorNumber } from '../database/transactions/driver-errors.js';
import type { StoreTable } from '../database/store-tables.js';
import { rowName } from './row-name.js';
import { toSourceError } from './source/open-source.js';
import type { Row } from './table-digest.js';

const runAgain = 'run the command again, it continues where it ended';
const noParentRow = 1452;
const deniedRights = [1142, 1143, 1227, 1370];

/** The error to show for one that ended a copy. @param file the source */
export function toCopyError(error: unknown, file: string, config: MysqlConfig): unknown {
  if (error instanceof StartupError) return error;
  const cause = causeOf(error);
  if (sqliteErrorNumber(cause) > 0) return toSourceError(cause, file);
  const server = describeServer(config);
  const code = describeCode(cause);
  if (errorClass(cause) === 'duplicate' || mysqlErrorNumber(cause) === noParentRow) return changedMeanwhile();
  switch (errorClass(cause)) {
    case 'lost':
      return new StartupError([`the connection to ${server} was lost (${code}): ${runAgain}`]);
    case 'retry':
    case 'unavailable':
      return new StartupError([`${server} cannot be used now (${code}): ${runAgain}`]);
    case 'configuration':
      return missingRight(cause, config) ?? toStartupError(cause, config);
    default: {
      const number = mysqlErrorNumber(cause);
      if (number === 0 && !code.startsWith('PROTOCOL_')) return toStartupError(cause, config) ?? error;
      return new StartupError([
        `${server} did not execute a statement of the copy (${code}, error ${number}): look up this error in its manual`,
      ]);
    }
  }
}

/** For a right that the user of the target lacks; undefined for other errors. */
export function missingRight(error: unknown, config: MysqlConfig): StartupError | undefined {
  if (!deniedRights.includes(mysqlErrorNumber(error))) return undefined;
  const user = JSON.stringify(config.username);
  return configurationError(
    `${describeServer(config)} does not let the user ${user} ${deniedCommand(error)}: for the copy GRANT SELECT, ` +
      'INSERT, UPDATE, DELETE, CREATE, ALTER ON its database, and for migrations DROP, INDEX, REFERENCES too',
  );
}

/** Names the option or variable that has the URL of the target, where a sentence of all commands names DATABASE_URL. */
export function withUrlName(error: unknown, urlName: string): unknown {
  if (!(error instanceof StartupError)) return error;
  return new StartupError(
    error.lines.map((line) => line.replaceAll('DATABASE_URL', urlName)),
    error.exitCode,
  );
}

/** For a row that the target cannot store; undefined for other errors. @param rows the batch that has it */
export function rejectedRow(error: unknown, table: StoreTable, rows: Row[]): StartupError | undefined {
  const cause = causeOf(error);
  if (!['rejected', 'null', 'too_large'].includes(errorClass(cause))) return undefined;
  const [first = [], last = []] = [rows[0], rows.at(-1)];
  const place = `${rowName(table, first)} to ${rowName(table, last)}`;
  return configurationError(`the target cannot store one of the rows from ${place} (${describeCode(cause)})`);
}

/** For rows that this copy has not written. */
export function changedMeanwhile(): StartupError {
  return new StartupError([
    'another program writes to the target: stop the server that uses it, empty the database, and copy again',
  ]);
}

/** The error of the driver, which the errors of a transaction have as their cause. */
function causeOf(error: unknown): unknown {
  return error instanceof DomainError && error.cause !== undefined ? error.cause : error;
}

function describeCode(error: unknown): string {
  return errorCode(error) ?? String(mysqlErrorNumber(error));
}
