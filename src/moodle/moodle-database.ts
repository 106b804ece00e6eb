import mysql2 from 'mysql2';
import { createConnection, type Connection, type Pool } from 'mysql2/promise';
import { StartupError, configurationError } from '../common/startup-error.js';
import type { MysqlConnection, TlsConfig } from '../config/config.js';
import { connectionOptions } from '../database/mysql/connection-options.js';
import { setUpConnection } from '../database/mysql/mysql-driver.js';
import { mismatchError, setUpSession } from '../database/mysql/session-proof.js';
import { longStatements, sessionStatements } from '../database/mysql/session-variables.js';
import { errorCode, isUnavailable, mysqlErrorNumber } from '../database/transactions/driver-errors.js';

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
      const connection = await createConnection(readerOptions(server, importConnectTimeoutMs));
      // A connection that is lost while it is idle: the next statement fails.
      connection.on('error', () => undefined);
      await setUpSession(connection, 'source', longStatements, describeServer(server)).catch((error: unknown) => {
        connection.destroy();
        throw error;
      });
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
    const pool = mysql2.createPool({ ...readerOptions(server, connectTimeoutMs), ...limits });
    const seconds = Math.ceil(connectTimeoutMs / 1000);
    const statements = sessionStatements('moodle', { lockWaitSeconds: seconds, statementSeconds: seconds });
    pool.on('connection', (connection) => {
      setUpConnection(connection, statements);
    });
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

/** Values come as the server sends them: the driver would parse dates and JSON, which loses what it formats anew. */
function readerOptions(server: MysqlConnection & TlsConfig, connectTimeout: number) {
  const asTexts = { dateStrings: true, jsonStrings: true };
  return { ...connectionOptions(server, connectTimeout), ...asTexts, user: server.username };
}

function describeServer({ host, port }: MysqlConnection): string {
  return `the database server at ${host}:${port}`;
}

function toStartupError(error: unknown, connection: MysqlConnection): unknown {
  const { username: user, database } = connection;
  const server = describeServer(connection);
  const mismatch = mismatchError(error, server);
  if (mismatch) return mismatch;
  switch (mysqlErrorNumber(error)) {
    case 1044:
      return configurationError(`${server} does not let the user ${JSON.stringify(user)} read ${database}`);
    case 1045:
    case 1698:
      return configurationError(`${server} refuses the user ${JSON.stringify(user)}: check the user and the password`);
    case 1049:
      return configurationError(`${server} has no database ${JSON.stringify(database)}`);
  }
  const reason = errorCode(error) ?? String(mysqlErrorNumber(error));
  if (reason.startsWith('HANDSHAKE_')) {
    return configurationError(`TLS with ${server} fails (${reason}): check DATABASE_TLS and DATABASE_TLS_CA`);
  }
  if (isUnavailable(error)) return new StartupError([`${server} cannot be reached (${reason})`]);
  return reason === '0' ? error : new StartupError([`${server} refuses the connection (${reason})`]);
}
