/**
 * What this service does when a statement or a connection ends with an error:
 * - `duplicate`: a unique key refused the row; the repository that inserted it decides.
 * - `null`: a column refused NULL; the repository that inserted it decides.
 * - `retry`: the database rolled the transaction back; the whole transaction runs again.
 * - `lost`: there is no connection any more. During COMMIT it is unknown whether the transaction was committed.
 * - `unavailable`: the database cannot execute the statement now: 503.
 * - `too_large`: the statement exceeds a limit of the server: 413, never retried.
 * - `rejected`: the database cannot store a value: 422.
 * - `configuration`: an administrator must change something: exit code 78 at start, 503 later.
 * - `defect`: a fault of this program, or of a schema that was changed by hand: 500. Every number that is not listed.
 */
export type ErrorClass =
  'duplicate' | 'null' | 'retry' | 'lost' | 'unavailable' | 'too_large' | 'rejected' | 'configuration' | 'defect';

type Names = Record<number, string>;
type Table = Record<Exclude<ErrorClass, 'defect'>, Names>;

/**
 * Numbers of MariaDB (`perror`) and of MySQL 8 (dev.mysql.com/doc/mysql-errors). The two share the numbers below 1800;
 * of a later number that means two things, only one can be caused by statements of this service.
 */
const mysqlTable: Table = {
  duplicate: { 1022: 'DUP_KEY', 1062: 'DUP_ENTRY', 1169: 'DUP_UNIQUE', 1586: 'DUP_ENTRY_WITH_KEY_NAME' },
  null: { 1048: 'BAD_NULL_ERROR' },
  retry: {
    1020: 'CHECKREAD',
    1047: 'UNKNOWN_COM_ERROR', // Galera: "WSREP has not yet prepared node for application use"
    1205: 'LOCK_WAIT_TIMEOUT',
    1213: 'LOCK_DEADLOCK',
    1412: 'TABLE_DEF_CHANGED',
    1615: 'NEED_REPREPARE',
    1689: 'LOCK_ABORTED',
    3101: 'TRANSACTION_ROLLBACK_DURING_COMMIT',
    3572: 'LOCK_NOWAIT',
  },
  lost: {
    1042: 'BAD_HOST_ERROR',
    1043: 'HANDSHAKE_ERROR',
    1053: 'SERVER_SHUTDOWN',
    1080: 'FORCING_CLOSE',
    1152: 'ABORTING_CONNECTION',
    1158: 'NET_READ_ERROR',
    1159: 'NET_READ_INTERRUPTED',
    1160: 'NET_ERROR_ON_WRITE',
    1161: 'NET_WRITE_INTERRUPTED',
    1180: 'ERROR_DURING_COMMIT', // the connection is open, but the outcome is unknown, too
    1184: 'NEW_ABORTING_CONNECTION',
    1927: 'CONNECTION_KILLED',
    1964: 'PRIOR_COMMIT_FAILED',
    3169: 'SESSION_WAS_KILLED',
    4031: 'CLIENT_INTERACTION_TIMEOUT',
  },
  unavailable: {
    1004: 'CANT_CREATE_FILE',
    1015: 'CANT_LOCK',
    1016: 'CANT_OPEN_FILE',
    1017: 'FILE_NOT_FOUND',
    1021: 'DISK_FULL',
    1023: 'ERROR_ON_CLOSE',
    1024: 'ERROR_ON_READ',
    1025: 'ERROR_ON_RENAME',
    1026: 'ERROR_ON_WRITE',
    1028: 'FILSORT_ABORT',
    1030: 'GET_ERRNO',
    1034: 'NOT_KEYFILE',
    1035: 'OLD_KEYFILE',
    1036: 'OPEN_AS_READONLY',
    1037: 'OUTOFMEMORY',
    1038: 'OUT_OF_SORTMEMORY',
    1039: 'UNEXPECTED_EOF',
    1040: 'CON_COUNT_ERROR',
    1041: 'OUT_OF_RESOURCES',
    1114: 'RECORD_FILE_FULL',
    1135: 'CANT_CREATE_THREAD',
    1181: 'ERROR_DURING_ROLLBACK',
    1194: 'CRASHED_ON_USAGE',
    1195: 'CRASHED_ON_REPAIR',
    1203: 'TOO_MANY_USER_CONNECTIONS',
    1206: 'LOCK_TABLE_FULL',
    1207: 'READ_ONLY_TRANSACTION',
    1223: 'CANT_UPDATE_WITH_READLOCK',
    1226: 'USER_LIMIT_REACHED',
    1290: 'OPTION_PREVENTS_STATEMENT', // --read-only
    1296: 'GET_ERRMSG',
    1297: 'GET_TEMPORARY_ERRMSG',
    1317: 'QUERY_INTERRUPTED', // KILL QUERY: the administrator does not want it to run again at once
    1461: 'MAX_PREPARED_STMT_COUNT_REACHED',
    1467: 'AUTOINC_READ_FAILED',
    1534: 'BINLOG_ROW_LOGGING_FAILED',
    1637: 'TOO_MANY_CONCURRENT_TRXS',
    1712: 'INDEX_CORRUPT',
    1792: 'CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    1812: 'TABLESPACE_MISSING',
    1814: 'TABLESPACE_DISCARDED',
    1815: 'INTERNAL_ERROR',
    1836: 'READ_ONLY_MODE',
    1874: 'INNODB_READ_ONLY',
    1877: 'TABLE_CORRUPT',
    1881: 'INNODB_FORCED_RECOVERY',
    1931: 'QUERY_RESULT_INCOMPLETE',
    1932: 'NO_SUCH_TABLE_IN_ENGINE',
    1969: 'STATEMENT_TIMEOUT',
    3015: 'ENGINE_OUT_OF_MEMORY',
    3019: 'INNODB_UNDO_LOG_FULL',
    3024: 'QUERY_TIMEOUT',
    3032: 'SERVER_OFFLINE_MODE',
    3100: 'RUN_HOOK_ERROR',
    3170: 'CAPACITY_EXCEEDED',
    3675: 'DISK_FULL_NOWAIT',
    3989: 'SCHEMA_READ_ONLY',
    4081: 'DA_GLOBAL_CONN_LIMIT',
    4082: 'DA_CONN_LIMIT',
  },
  too_large: {
    1118: 'TOO_BIG_ROWSIZE', // InnoDB: texts of more than a tenth of the redo log
    1153: 'NET_PACKET_TOO_LARGE',
    1162: 'TOO_LONG_STRING',
    1713: 'UNDO_RECORD_TOO_BIG',
  },
  rejected: {
    1264: 'WARN_DATA_OUT_OF_RANGE',
    1265: 'DATA_TRUNCATED',
    1292: 'TRUNCATED_WRONG_VALUE',
    1300: 'INVALID_CHARACTER_STRING',
    1366: 'TRUNCATED_WRONG_VALUE_FOR_FIELD',
    1406: 'DATA_TOO_LONG',
    1411: 'WRONG_VALUE_FOR_TYPE',
    1690: 'DATA_OUT_OF_RANGE',
    1977: 'CANNOT_CONVERT_CHARACTER',
    3819: 'CHECK_CONSTRAINT_VIOLATED',
    3854: 'CANNOT_CONVERT_STRING',
    4025: 'CONSTRAINT_FAILED',
  },
  configuration: {
    1031: 'ILLEGAL_HA',
    1044: 'DBACCESS_DENIED_ERROR',
    1045: 'ACCESS_DENIED_ERROR',
    1049: 'BAD_DB_ERROR',
    1071: 'TOO_LONG_KEY',
    1104: 'TOO_BIG_SELECT',
    1115: 'UNKNOWN_CHARACTER_SET',
    1119: 'STACK_OVERRUN',
    1129: 'HOST_IS_BLOCKED',
    1130: 'HOST_NOT_PRIVILEGED',
    1131: 'PASSWORD_ANONYMOUS_USER',
    1142: 'TABLEACCESS_DENIED_ERROR',
    1143: 'COLUMNACCESS_DENIED_ERROR',
    1148: 'NOT_ALLOWED_COMMAND',
    1175: 'UPDATE_WITHOUT_KEY_IN_SAFE_MODE',
    1178: 'CHECK_NOT_IMPLEMENTED',
    1193: 'UNKNOWN_SYSTEM_VARIABLE',
    1197: 'TRANS_CACHE_FULL',
    1227: 'SPECIFIC_ACCESS_DENIED_ERROR',
    1231: 'WRONG_VALUE_FOR_VAR',
    1238: 'INCORRECT_GLOBAL_LOCAL_VAR',
    1251: 'NOT_SUPPORTED_AUTH_MODE',
    1267: 'CANT_AGGREGATE_2COLLATIONS',
    1273: 'UNKNOWN_COLLATION',
    1275: 'SERVER_IS_IN_SECURE_AUTH_MODE',
    1286: 'UNKNOWN_STORAGE_ENGINE',
    1289: 'FEATURE_DISABLED',
    1298: 'UNKNOWN_TIME_ZONE',
    1370: 'PROCACCESS_DENIED_ERROR',
    1436: 'STACK_OVERRUN_NEED_MORE',
    1478: 'ILLEGAL_HA_CREATE_OPTION',
    1524: 'PLUGIN_IS_NOT_LOADED',
    1598: 'BINLOG_LOGGING_IMPOSSIBLE',
    1661: 'BINLOG_ROW_ENGINE_AND_STMT_ENGINE',
    1662: 'BINLOG_ROW_MODE_AND_STMT_ENGINE',
    1663: 'BINLOG_UNSAFE_AND_STMT_ENGINE',
    1665: 'BINLOG_STMT_MODE_AND_ROW_ENGINE',
    1698: 'ACCESS_DENIED_NO_PASSWORD_ERROR',
    1705: 'STMT_CACHE_FULL',
    1709: 'INDEX_COLUMN_TOO_LONG',
    1785: 'GTID_UNSAFE_NON_TRANSACTIONAL_TABLE',
    1820: 'MUST_CHANGE_PASSWORD',
    1862: 'MUST_CHANGE_PASSWORD_LOGIN',
    3098: 'BEFORE_DML_VALIDATION_ERROR',
    3118: 'ACCOUNT_HAS_BEEN_LOCKED', // MySQL
    3159: 'SECURE_TRANSPORT_REQUIRED',
    3231: 'WRITE_SET_EXCEEDS_LIMIT',
    3750: 'TABLE_WITHOUT_PK',
    3879: 'DB_ACCESS_DENIED',
    3955: 'USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK',
    4150: 'USER_IS_BLOCKED',
    4151: 'ACCOUNT_HAS_BEEN_LOCKED', // MariaDB
    4182: 'STORAGE_ENGINE_DISABLED',
  },
};

/** Primary result codes of SQLite, and extended ones (sqlite.org/rescode.html) where they differ in class. */
const sqliteTable: Table = {
  duplicate: { 1555: 'CONSTRAINT_PRIMARYKEY', 2067: 'CONSTRAINT_UNIQUE' },
  null: { 1299: 'CONSTRAINT_NOTNULL' },
  retry: { 5: 'BUSY', 6: 'LOCKED' },
  lost: {},
  unavailable: { 4: 'ABORT', 7: 'NOMEM', 8: 'READONLY', 9: 'INTERRUPT', 10: 'IOERR', 13: 'FULL', 15: 'PROTOCOL' },
  too_large: { 18: 'TOOBIG' },
  rejected: { 20: 'MISMATCH', 275: 'CONSTRAINT_CHECK' },
  configuration: { 3: 'PERM', 11: 'CORRUPT', 14: 'CANTOPEN', 22: 'NOLFS', 23: 'AUTH', 26: 'NOTADB' },
};

export interface ListedError {
  name: string;
  errorClass: ErrorClass;
}

/** @throws Error when a number is in two classes */
function byNumber(table: Table): ReadonlyMap<number, ListedError> {
  const errors = new Map<number, ListedError>();
  for (const errorClass of Object.keys(table) as (keyof Table)[]) {
    for (const [number, name] of Object.entries(table[errorClass])) {
      if (errors.has(Number(number))) throw new Error(`the error ${number} is in two classes`);
      errors.set(Number(number), { name, errorClass });
    }
  }
  return errors;
}

/** The listed errors of MariaDB and MySQL by their number. */
export const mysqlErrors = byNumber(mysqlTable);

/** The listed errors of SQLite by their result code. */
export const sqliteErrors = byNumber(sqliteTable);

export function mysqlErrorClass(number: number): ErrorClass {
  return mysqlErrors.get(number)?.errorClass ?? 'defect';
}

/** @param code an extended result code; its lowest byte is the primary one */
export function sqliteErrorClass(code: number): ErrorClass {
  return (sqliteErrors.get(code) ?? sqliteErrors.get(code & 0xff))?.errorClass ?? 'defect';
}
