import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { MysqlConnection } from '../../config/config.js';
import { errorCode, mysqlErrorNumber } from '../../database/transactions/driver-errors.js';

/** What to do about errors that the operator can fix, by their number. */
const remedies: Record<number, (table: string, server: MysqlConnection) => string> = {
  // For a user without administrative rights in place of 1449.
  1045: missingDefiner,
  1142: grant,
  1143: grant,
  1356: () => 'it is a view of tables, columns or functions that are missing, or that its definer may not use',
  1370: (_, { username }) => `it is a view that needs EXECUTE for the user ${JSON.stringify(username)}`,
  1449: missingDefiner,
};

/** A statement that the source's server refused. The message has neither the statement nor the server's text. */
export class SourceError extends StartupError {
  /** The server's error number; 0 for an error of the driver. */
  readonly errno: number;

  constructor(cause: unknown, sql: string, server: MysqlConnection) {
    const errno = mysqlErrorNumber(cause);
    const names = [errorCode(cause), errno > 0 ? String(errno) : undefined].filter((name) => name !== undefined);
    const remedy = remedies[errno];
    const table = tableOf(sql);
    const problem = `the table ${table} of the source cannot be read (${names.join(', ')})`;
    super(
      [remedy ? `${problem}: ${remedy(table, server)}` : problem],
      remedy ? exitCodes.configuration : exitCodes.failure,
    );
    this.errno = errno;
  }
}

/** Whether it is an error of the server or the driver, not of this program. */
export function isDriverError(error: unknown): boolean {
  return !(error instanceof StartupError) && (mysqlErrorNumber(error) > 0 || errorCode(error) !== undefined);
}

function missingDefiner(): string {
  return 'it is a view whose definer does not exist';
}

function grant(table: string, { database, username }: MysqlConnection): string {
  return `GRANT SELECT ON ${database}.${table} to the user ${JSON.stringify(username)}`;
}

/** The first table of a statement. The FROM of `TRIM(TRAILING '\0' FROM column)` follows a quote. */
function tableOf(sql: string): string {
  const [, quoted, plain] = /(?<!' )\bFROM (?:`((?:[^`]|``)+)`|([\w.]+))/.exec(sql) ?? [];
  return quoted?.replaceAll('``', '`') ?? plain ?? 'information_schema';
}
