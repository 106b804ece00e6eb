import type { MysqlConnection, TlsConfig } from '../../config/config.js';
import { mysqlErrorNumber } from '../../database/transactions/driver-errors.js';
import { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { Retry } from '../connection-retry.js';
import { SourceError, isDriverError } from './source-error.js';

type Parameters = (string | number | number[])[];

/** Moodle's database as the repositories of the source read it. */
export interface SourceDatabase {
  readonly name: string;
  /** A `?` may also stand for a list of numbers. @throws ConnectionLostError, SourceError */
  query<Row>(sql: string, parameters?: Parameters): Promise<Row[]>;
}

/** Rows of a table that the import can do without; undefined when it is missing or not readable. */
export async function queryOptional<Row>(
  database: SourceDatabase,
  sql: string,
  parameters: Parameters = [],
): Promise<Row[] | undefined> {
  try {
    return await database.query<Row>(sql, parameters);
  } catch (error) {
    if (missingOrForbidden.includes(mysqlErrorNumber(error))) return undefined;
    throw error;
  }
}

/** MySQL errors for a missing table or column, a view of such or of a missing user, or missing privileges. */
const missingOrForbidden = [1045, 1054, 1142, 1143, 1146, 1356, 1370, 1449];

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Opens a new connection when one was lost, and repeats the statement: statements here only read. */
export class ReconnectingDatabase implements SourceDatabase {
  private constructor(
    private readonly server: MysqlConnection & TlsConfig,
    private readonly retry: Retry,
    private database: MoodleDatabase,
  ) {}

  /** @throws StartupError if the database cannot be read */
  static async open(server: MysqlConnection & TlsConfig, retry: Retry): Promise<ReconnectingDatabase> {
    return new ReconnectingDatabase(server, retry, await MoodleDatabase.open(server));
  }

  get name(): string {
    return this.database.name;
  }

  async query<Row>(sql: string, parameters: Parameters = []): Promise<Row[]> {
    try {
      return await this.retry(
        () => this.database.query<Row>(sql, parameters),
        async () => {
          await this.close();
          this.database = await MoodleDatabase.open(this.server);
        },
      );
    } catch (error) {
      throw isDriverError(error) ? new SourceError(error, sql, this.server) : error;
    }
  }

  async close(): Promise<void> {
    await this.database.close().catch(() => undefined);
  }
}
