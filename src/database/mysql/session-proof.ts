import { createConnection, type Connection } from 'mysql2/promise';
import { StartupError, configurationError } from '../../common/startup-error.js';
import type { MysqlConfig } from '../../config/config.js';
import { certificateMismatch, connectionOptions } from './connection-options.js';
import { probeHex, probeText, type ProbeRow } from '../probe-text.js';
import { expectedValues, sessionStatements, type SessionKind, type SessionLimits } from './session-variables.js';

/**
 * Opens one connection to the store's database, sets it up, proves that, and closes it.
 * @throws StartupError as for `proveSession`, and when the certificate of the server is for another host; what the
 *   driver throws
 */
export async function proveStoreSession(config: MysqlConfig, server: string): Promise<void> {
  await withConnection(config, server, (connection) => setUpSession(connection, 'store', config, server));
}

/** Opens one connection and closes it. @throws StartupError, and what the driver throws, as `proveStoreSession` does */
export async function tryLogin(config: MysqlConfig, server: string): Promise<void> {
  await withConnection(config, server, (connection) => connection.ping());
}

async function withConnection(
  config: MysqlConfig,
  server: string,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const options = { ...connectionOptions(config, config.connectTimeoutMs), user: config.username };
  const connection = await createConnection(options).catch((error: unknown) => {
    throw mismatchError(error, server) ?? error;
  });
  try {
    await use(connection);
  } finally {
    connection.destroy();
  }
}

/** @returns undefined for an error that is not about the names in a certificate */
export function mismatchError(error: unknown, server: string): StartupError | undefined {
  const mismatch = certificateMismatch(error);
  if (mismatch === undefined) return undefined;
  const advice = 'check the host in the URL, or DATABASE_TLS and DATABASE_TLS_CA';
  return configurationError(
    `TLS with ${server} fails: its certificate is for another host (${mismatch.replace(/\.$/, '')}): ${advice}`,
  );
}

/**
 * Sets the session variables of a new connection, and proves that they have their values and their effect.
 * @throws StartupError naming the variable that has another value; what the driver throws
 */
export async function setUpSession(
  connection: Connection,
  kind: SessionKind,
  limits: SessionLimits,
  server: string,
): Promise<void> {
  for (const statement of sessionStatements(kind, limits)) {
    await connection.query(statement).catch((error: unknown) => {
      throw refusedSetting(error, server) ?? error;
    });
  }
  await proveValues(connection, expectedValues(kind, limits), server);
  await proveTexts(connection, server);
}

/** Unknown variable, no privilege for it, no such value, read-only variable: the server's message names the variable. */
const refusedSettings = [1193, 1227, 1231, 1232, 1238, 1621];

function refusedSetting(error: unknown, server: string): StartupError | undefined {
  const { errno, message } = error as { errno?: number; message?: string };
  if (errno === undefined || !refusedSettings.includes(errno)) return undefined;
  return configurationError(
    `${server} refuses a setting of the session (${message ?? errno}): see docs/database-session.md`,
  );
}

type Limit = [[{ value: string }]];

async function proveValues(
  connection: Connection,
  expected: Map<string, string | number>,
  server: string,
): Promise<void> {
  // First, because it limits the rows of SHOW, too.
  const limit = 'sql_select_limit';
  const [[row]] = (await connection.query(`SELECT CAST(@@SESSION.${limit} AS CHAR) AS value`)) as unknown as Limit;
  if (row.value !== expected.get(limit)) throw wrongVariable(server, limit, row.value, expected.get(limit) ?? '');
  const names = [...expected.keys()].map((name) => `'${name}'`).join(', ');
  const [rows] = await connection.query(`SHOW SESSION VARIABLES WHERE Variable_name IN (${names})`);
  for (const { Variable_name: name, Value: value } of rows as { Variable_name: string; Value: string }[]) {
    const wanted = expected.get(name.toLowerCase());
    if (wanted !== undefined && !isSame(value, wanted)) throw wrongVariable(server, name, value, wanted);
  }
}

/** `SHOW` writes 1 as ON, 0 as OFF and the first value of an enumeration as its name. */
function isSame(value: string, wanted: string | number): boolean {
  if (typeof wanted === 'string') return value === wanted;
  if (value === 'NO_CHAIN') return wanted === 0;
  return Number(value.replace(/^ON$/, '1').replace(/^OFF$/, '0')) === wanted;
}

async function proveTexts(connection: Connection, server: string): Promise<void> {
  for (const send of protocols(connection)) {
    const [row] = await send<ProbeRow>('SELECT HEX(?) AS stored, ? AS returned', [probeText, probeText]);
    if (row?.stored !== probeHex) throw wrongVariable(server, 'character_set_client', 'not in effect', 'utf8mb4');
    if (row.returned !== probeText) throw wrongVariable(server, 'character_set_results', 'not in effect', 'utf8mb4');
  }
}

/** Both ways to send parameters: in the text of the statement, as TypeORM does, and in a prepared statement. */
export function protocols(connection: Connection) {
  return [
    async <Row>(sql: string, parameters: (string | number)[]) =>
      (await connection.query(sql, parameters))[0] as unknown as Row[],
    async <Row>(sql: string, parameters: (string | number)[]) =>
      (await connection.execute(sql, parameters))[0] as unknown as Row[],
  ];
}

function wrongVariable(server: string, name: string, value: string, wanted: string | number): StartupError {
  return configurationError(
    `${server} does not let a connection set ${name} to ${wanted}, it is ${value}: see docs/database-session.md`,
  );
}
