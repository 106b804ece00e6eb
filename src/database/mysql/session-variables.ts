/** What a connection is for. Each kind has its own column of values in `sessionVariables`. */
export type SessionKind = 'store' | 'migrations' | 'source' | 'moodle';

/** Time limits of the statements of a connection, in seconds. */
export interface SessionLimits {
  /** Maximum wait for a row lock. */
  lockWaitSeconds: number;
  /** Maximum time of a statement; 0 for no limit. */
  statementSeconds: number;
}

type Value = string | number;

/** A session variable of the server that can affect a text, a number, a result, a transaction or a statement of ours. */
export interface SessionVariable {
  name: string;
  value: Value;
  /** The executable comment for the servers that know the variable; without it all do. */
  only?: '/*M!100000' | '/*M!100300' | '/*M!100307' | '/*M!100502' | '/*!80000';
}

const unlimited = '18446744073709551615';
/** Their connections are read-only. */
const readers: SessionKind[] = ['source', 'moodle'];
const daySeconds = 86_400;
/** No transaction of the store waits this long between two statements. */
const idleTransactionSeconds = 60;
/** For migrations and imports, whose statements may take long. */
export const longStatements: SessionLimits = { lockWaitSeconds: 50, statementSeconds: 0 };

/**
 * All variables that are set on every new connection, in the order of the statement. docs/database-session.md lists all
 * other variables and why they are left alone.
 */
export function sessionVariables(kind: SessionKind, limits: SessionLimits): SessionVariable[] {
  const isReader = readers.includes(kind);
  const { lockWaitSeconds, statementSeconds } = limits;
  return [
    // Texts
    { name: 'character_set_client', value: 'utf8mb4' },
    { name: 'character_set_results', value: 'utf8mb4' },
    { name: 'collation_connection', value: 'utf8mb4_unicode_ci' },
    // A source may have values that a strict mode rejects, such as the date 0000-00-00.
    { name: 'sql_mode', value: isReader ? '' : 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' },
    { name: 'old_mode', value: '', only: '/*M!100000' },
    { name: 'lc_time_names', value: 'en_US' },
    // Numbers and times
    { name: 'time_zone', value: '+00:00' },
    { name: 'div_precision_increment', value: 4 },
    { name: 'default_week_format', value: 0 },
    // Which rows a statement reads and returns
    { name: 'sql_select_limit', value: unlimited },
    // Setting it changes sql_big_selects, which therefore follows.
    { name: 'max_join_size', value: unlimited },
    { name: 'sql_big_selects', value: 1 },
    { name: 'sql_auto_is_null', value: 0 },
    { name: 'group_concat_max_len', value: 1_048_576 },
    { name: 'max_sort_length', value: 4096 },
    { name: 'max_recursive_iterations', value: 1000, only: '/*M!100000' },
    { name: 'standard_compliant_cte', value: 1, only: '/*M!100300' },
    // Transactions
    { name: 'autocommit', value: 1 },
    { name: 'completion_type', value: 0 },
    // Ends the transactions, and the locks, of a process that was frozen or has lost its network.
    { name: 'idle_transaction_timeout', value: kind === 'store' ? idleTransactionSeconds : 0, only: '/*M!100300' },
    { name: 'idle_readonly_transaction_timeout', value: 0, only: '/*M!100300' },
    { name: 'idle_write_transaction_timeout', value: 0, only: '/*M!100300' },
    // Which statements are accepted, and what they check
    { name: 'foreign_key_checks', value: 1 },
    { name: 'unique_checks', value: 1 },
    { name: 'check_constraint_checks', value: 1, only: '/*M!100300' },
    { name: 'sql_safe_updates', value: 0 },
    { name: 'sql_quote_show_create', value: 1 },
    { name: 'default_storage_engine', value: 'InnoDB' },
    { name: 'alter_algorithm', value: 'DEFAULT', only: '/*M!100307' },
    { name: 'sql_if_exists', value: 0, only: '/*M!100502' },
    { name: 'max_session_mem_used', value: '9223372036854775807', only: '/*M!100300' },
    { name: 'tmp_disk_table_size', value: unlimited, only: '/*M!100300' },
    // Time limits
    { name: 'innodb_lock_wait_timeout', value: lockWaitSeconds },
    // MySQL has no time limit for a statement that writes: this ends its wait for a table that is being altered.
    { name: 'lock_wait_timeout', value: statementSeconds === 0 ? daySeconds : statementSeconds + 1 },
    { name: 'max_statement_time', value: statementSeconds, only: '/*M!100000' },
    { name: 'max_execution_time', value: statementSeconds * 1000, only: '/*!80000' },
    // The connection of an import's lock, and a source while the target is written, are idle for long.
    { name: 'wait_timeout', value: daySeconds },
    { name: 'net_read_timeout', value: 60 },
    { name: 'net_write_timeout', value: 60 },
  ];
}

/** Statements that set up a new connection, to be sent in this order before any other. */
export function sessionStatements(kind: SessionKind, limits: SessionLimits): string[] {
  const access = readers.includes(kind) ? 'READ ONLY' : 'READ WRITE';
  return [
    setStatement(sessionVariables(kind, limits)),
    `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, ${access}`,
    // Ends a transaction that the server's init_connect left open.
    'ROLLBACK',
  ];
}

/** MariaDB runs `/*M!`, MySQL 8 runs `/*!80000` (mariadb.com/kb/en/comment-syntax). */
function setStatement(variables: SessionVariable[]): string {
  const assignments = variables.map(({ name, value, only }, index) => {
    const assignment = `${index === 0 ? '' : ', '}${name} = ${literal(value)}`;
    return only === undefined ? assignment : `${only} ${assignment} */`;
  });
  return `SET SESSION ${assignments.join('')}`;
}

function literal(value: Value): string {
  return typeof value === 'number' || /^\d+$/.test(value) ? String(value) : `'${value}'`;
}

/** Values of variables as `SHOW SESSION VARIABLES` reports them on a connection of this kind; names not on all servers. */
export function expectedValues(kind: SessionKind, limits: SessionLimits): Map<string, Value> {
  const isReader = readers.includes(kind);
  const expected = new Map(sessionVariables(kind, limits).map(({ name, value }) => [name, value]));
  expected.set('character_set_connection', 'utf8mb4');
  for (const name of ['tx_isolation', 'transaction_isolation']) expected.set(name, 'READ-COMMITTED');
  for (const name of ['tx_read_only', 'transaction_read_only']) expected.set(name, isReader ? 1 : 0);
  return expected;
}
