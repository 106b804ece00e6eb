import mysql2, { type Connection as CallbackConnection } from 'mysql2';
import { createConnection, type Connection, type Pool } from 'mysql2/promise';
import { StartupError } from '../common/startup-error.js';
import type { MysqlConnection, TlsConfig } from '../config/config.js';
import { tlsOptions } from '../database/mysql/mysql-driver.js';
import { errorCode, isUnavailable, mysqlErrorNumber } from '../database/transactions/driver-errors.js';

const sessionSettings = [
  "SET SESSION sql_mode = '', time_zone = '+00:00', group_concat_max_len = 1048576",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  // From here on the server rejects every statement that would write.
  'SET SESSION TRANSACTION READ ONLY',
];

const importConnectTimeoutMs = 10_000;

/** Moodle's database on MariaDB or MySQL, over one connection or a pool. All its sessions are read-only. */
export class MoodleDatabase {
  private constructor(
    private readonly client: Connection | Pool,
    readonly name: string,
  ) {}

  /** Opens one connection. @throws StartupError if the database cannot be read */
  static async open(server: MysqlConnection & TlsConfig): Promise<MoodleDatabase> {
    try {
      const connection = await createConnection(connectionOptions(server, importConnectTimeoutMs));
      for (const statement of sessionSettings) await connection.query(statement);
      return new MoodleDatabase(connection, server.database);
    } catch (error) {
      throw toStartupError(error, server);
    }
  }

  /** Creates a pool, which connects when it is first used. */
  static createPool(
    server: MysqlConnection & TlsConfig,
    { connectTimeoutMs, ...limits }: { connectTimeoutMs: number; connectionLimit: number; queueLimit: number },
  ): MoodleDatabase {
    const pool = mysql2.createPool({ ...connectionOptions(server, connectTimeoutMs), ...limits });
    // The statements are queued before the first one of the caller that gets the connection.
    pool.on('connection', makeReadOnly);
    return new MoodleDatabase(pool.promise(), server.database);
  }

  /**
   * Runs a statement as text, not as a prepared one. A `?` may also stand for a list of numbers.
   * @param timeoutMs maximum time for the response; without it there is no limit
   * @throws what the driver throws
   */
  async query<Row>(sql: string, parameters: (string | number | number[])[] = [], timeoutMs?: number): Promise<Row[]> {
    const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
    const [rows] = await this.client.query({ sql, values: parameters, ...timeout });
    return rows as Row[];
  }

  /** The first row. @throws Error if there is none, and what the driver throws */
  async queryOne<Row>(sql: string, parameters: (string | number)[] = []): Promise<Row> {
    const [row] = await this.query<Row>(sql, parameters);
    if (row === undefined) throw new Error('the statement returned no row');
    return row;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function connectionOptions(server: MysqlConnection & TlsConfig, connectTimeout: number) {
  const { host, port, username, password, database } = server;
  const ssl = tlsOptions(server);
  return {
    ...{ host, port, user: username, password, database, connectTimeout },
    ...(ssl && { ssl }),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: false,
    dateStrings: true,
    enableKeepAlive: true,
  };
}

/** Applies the session settings to a connection of the pool, and closes the connection if one fails. */
function makeReadOnly(connection: CallbackConnection): void {
  for (const statement of sessionSettings) {
    connection.query(statement, (error) => {
      if (error) connection.destroy();
    });
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
