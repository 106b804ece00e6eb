import mysql2 from 'mysql2/promise';
import type { Mariadb, ServerSettings } from './mariadb.mjs';

/** Values of session variables that would change what the service stores, reads or counts, or make statements fail. */
const wrongValues = {
  sql_mode: 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,NO_AUTO_VALUE_ON_ZERO',
  lc_time_names: 'de_DE',
  div_precision_increment: 0,
  default_week_format: 3,
  sql_select_limit: 1,
  max_join_size: 1,
  sql_auto_is_null: 1,
  group_concat_max_len: 4,
  max_sort_length: 64,
  max_recursive_iterations: 1,
  autocommit: 0,
  completion_type: 2,
  idle_transaction_timeout: 1,
  idle_readonly_transaction_timeout: 1,
  idle_write_transaction_timeout: 1,
  foreign_key_checks: 0,
  unique_checks: 0,
  check_constraint_checks: 0,
  sql_safe_updates: 1,
  sql_quote_show_create: 0,
  default_storage_engine: 'MyISAM',
  alter_algorithm: 'INSTANT',
  sql_if_exists: 1,
  tmp_disk_table_size: 1024,
  innodb_lock_wait_timeout: 0,
  lock_wait_timeout: 1,
  max_statement_time: 4,
  wait_timeout: 1,
  net_read_timeout: 1,
  net_write_timeout: 1,
};
const wrongCharacters = ['--skip-character-set-client-handshake', '--character-set-server=latin1'];
const wrongTransactions = ['--transaction-isolation=READ-UNCOMMITTED', '--transaction-read-only=1'];

/** A way in which a server can set session variables. */
export interface WrongServer extends ServerSettings {
  way: string;
  /** Statements that root runs when the server has started. */
  globals?: string[];
}

// Not every variable has an option: the prefix makes the server ignore the others.
const options = Object.entries(wrongValues).map(([name, value]) => `--loose-${name}=${value}`);
const assignments = Object.entries(wrongValues).map(
  ([name, value]) => `${name} = ${typeof value === 'number' ? value : `'${value}'`}`,
);
const initConnect = `SET ${[
  ...assignments,
  "character_set_client = 'latin1', character_set_results = 'latin1', collation_connection = 'latin1_swedish_ci'",
  "time_zone = '+13:00', tx_isolation = 'READ-UNCOMMITTED', tx_read_only = 1",
].join(', ')}`;

const commandLine: WrongServer = {
  way: 'the command line',
  options: [
    ...wrongCharacters,
    '--collation-server=latin1_swedish_ci',
    '--default-time-zone=+13:00',
    ...wrongTransactions,
    ...options,
  ],
};
const utf8mb3: WrongServer = {
  way: 'the command line, utf8mb3',
  options: [
    '--skip-character-set-client-handshake',
    '--character-set-server=utf8mb3',
    '--collation-server=utf8mb3_bin',
    '--sql-mode=ORACLE',
  ],
};
const optionFile: WrongServer = {
  way: 'an option file',
  optionFile: (commandLine.options ?? []).map((option) => option.slice(2)),
  // These two override those on the command line of the tests, which take precedence over an option file.
  options: ['--character-set-server=latin1', '--collation-server=latin1_swedish_ci'],
};
const setGlobal: WrongServer = {
  way: 'SET GLOBAL',
  globals: [
    ...assignments.map((assignment) => `SET GLOBAL ${assignment}`),
    "SET GLOBAL time_zone = '+13:00'",
    'SET GLOBAL TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
  ],
};
const atConnect: WrongServer = { way: 'init_connect', globals: [`SET GLOBAL init_connect = "${initConnect}"`] };
const openTransaction: WrongServer = {
  way: 'init_connect, with an open transaction',
  globals: ['SET GLOBAL init_connect = "SET autocommit = 0; START TRANSACTION READ ONLY"'],
};

/** Wrong settings of several kinds at once. */
export const mixedServer: WrongServer = { ...commandLine, way: 'everything at once', globals: atConnect.globals ?? [] };
export const wrongServers = [commandLine, utf8mb3, optionFile, setGlobal, atConnect, openTransaction, mixedServer];

/** Restarts the server with the settings, and runs the statements. */
export async function apply(server: Mariadb, { globals = [], ...settings }: WrongServer): Promise<void> {
  await server.restart(settings);
  if (globals.length === 0) return;
  const root = await mysql2.createConnection(server.url);
  // root's own session has the wrong settings of the command line, too.
  await root.query("SET SESSION sql_mode = ''");
  for (const statement of globals) await root.query(statement);
  await root.end();
}

/** Creates a user with all rights in the databases of the tests, but without SUPER, so that init_connect applies. */
export async function ordinaryUser(server: Mariadb): Promise<string> {
  const root = await mysql2.createConnection(server.url);
  await root.query("CREATE USER ordinary@'%' IDENTIFIED BY 'ordinary'");
  for (const database of ['chat\\_test\\_%', 'moodle\\_test\\_%']) {
    await root.query(`GRANT ALL ON \`${database}\`.* TO ordinary@'%'`);
  }
  await root.end();
  return withUser(server.url);
}

function withUser(url: string): string {
  const changed = new URL(url);
  [changed.username, changed.password] = ['ordinary', 'ordinary'];
  return changed.href;
}
