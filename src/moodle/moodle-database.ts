import mysql2 from 'mysql2/promise';
import { StartupError } from '../common/startup-error.js';
import type { MysqlConnection, TlsConfig } from '../config/config.js';
import { tlsOptions } from '../database/mysql/mysql-driver.js';
import { errorCode, isUnavailable, mysqlErrorNumber } from '../database/transactions/driver-errors.js';

const sessionSettings = [
  "SET SESSION sql_mode = '', time_zone = '+00:00', group_concat_max_len = 1048576",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  // From here on the server refuses whatever would write.
  'SET SESSION TRANSACTION READ ONLY',
];

/** Another system's database on MariaDB or MySQL, which is read and never written. */
export class MoodleDatabase {
  private constructor(
    private readonly connection: mysql2.Connection,
    readonly name: string,
  ) {}

  /** @throws StartupError when it cannot be read */
  static async open(address: MysqlConnection & TlsConfig): Promise<MoodleDatabase> {
    try {
      const { host, port, username, password, database } = address;
      const ssl = tlsOptions(address);
      const connection = await mysql2.createConnection({
        ...{ host, port, user: username, password, database },
        ...(ssl && { ssl }),
        charset: 'utf8mb4',
        supportBigNumbers: true,
        bigNumberStrings: false,
        dateStrings: true,
        connectTimeout: 10_000,
        enableKeepAlive: true,
      });
      for (const statement of sessionSettings) await connection.query(statement);
      return new MoodleDatabase(connection, database);
    } catch (error) {
      throw toStartupError(error, address);
    }
  }

  /** Plain text with `?`, which also stands for a list of numbers: nothing is prepared there. */
  async query<Row>(sql: string, parameters: (string | number | number[])[] = []): Promise<Row[]> {
    const [rows] = await this.connection.query(sql, parameters);
    return rows as Row[];
  }

  /** The only row of a statement that always answers one. */
  async queryOne<Row>(sql: string, parameters: (string | number)[] = []): Promise<Row> {
    const [row] = await this.query<Row>(sql, parameters);
    if (row === undefined) throw new Error('the statement has answered no row');
    return row;
  }

  async close(): Promise<void> {
    await this.connection.end();
  }
}

function toStartupError(error: unknown, { host, port, username: user, database }: MysqlConnection): unknown {
  const server = `the database server at ${host}:${port}`;
  switch (mysqlErrorNumber(error)) {
    case 1044:
      return new StartupError([`${server} does not let the user ${JSON.stringify(user)} read ${database}`]);
    case 1045:
    case 1698:
      return new StartupError([`${server} refuses the user ${JSON.stringify(user)}: check the user and the password`]);
    case 1049:
      return new StartupError([`${server} has no database ${JSON.stringify(database)}`]);
  }
  const reason = errorCode(error) ?? String(mysqlErrorNumber(error));
  return isUnavailable(error) ? new StartupError([`${server} cannot be reached (${reason})`]) : error;
}
