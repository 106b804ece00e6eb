/** A column of the source as its server describes it. */
export interface Column {
  /** The quoted name. */
  name: string;
  /** Its `data_type` in information_schema. */
  type: string;
  /** The character set of a text column. */
  charset: string | null;
}

const integerTypes = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
const fractionTypes = ['decimal', 'float', 'double'];
export const dateTypes = ['date', 'datetime', 'timestamp'];
const byteTypes = ['varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'];
const shapeTypes =
  /^(geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geometrycollection|geomcollection|vector)$/;

export function isInteger({ type }: Column): boolean {
  return integerTypes.includes(type);
}

/**
 * The column as text in utf8mb4, converted by the source's server from the column's own character set. Columns of bytes
 * stay bytes, which are read as UTF-8: the server would replace invalid ones.
 */
export function textExpression({ name, type, charset }: Column): string {
  if (charset === 'utf8mb4' && type !== 'enum' && type !== 'set') return name;
  if (byteTypes.includes(type)) return name;
  // BINARY(n) pads with NUL.
  if (type === 'binary') return `TRIM(TRAILING '\\0' FROM ${name})`;
  if (shapeTypes.test(type)) return `CAST(${name} AS BINARY)`;
  return `CONVERT(${type === 'bit' ? `${name} + 0` : name} USING utf8mb4)`;
}

/** The column as text for comparisons in SQL, with the collation of Moodle's columns. */
export function comparableExpression(column: Column): string {
  return `CONVERT(${textExpression(column)} USING utf8mb4) COLLATE utf8mb4_unicode_ci`;
}

/** A whole number; NULL for every other value. */
export function integerExpression(column: Column): string {
  const { name, type } = column;
  if (isInteger(column)) return name;
  if (type === 'bit') return `(${name} + 0)`;
  if (fractionTypes.includes(type)) {
    return `CASE WHEN ${name} = FLOOR(${name}) AND ABS(${name}) < 1e18 THEN CAST(${name} AS SIGNED) END`;
  }
  const text = trimmed(column);
  return `CASE WHEN ${text} REGEXP '^-?0*[0-9]{1,18}([.]0*)?$' THEN CAST(${text} AS SIGNED) END`;
}

/**
 * A row's id in the ledger: the id itself if it is a whole number that JavaScript represents exactly, otherwise a
 * negative number: a hash of its text, or of its digits if it is a whole number. NULL for NULL.
 */
export function rowIdExpression(column: Column): string {
  const { text, number, isWhole } = wholeNumber(column);
  // Paging through the ledger begins after the least safe integer.
  const isSafe = `${number} > ${Number.MIN_SAFE_INTEGER} AND ${number} <= ${Number.MAX_SAFE_INTEGER}`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN NOT ${isWhole} THEN ${hashExpression(text)}
    WHEN ${isSafe} THEN CAST(${number} AS SIGNED) ELSE ${hashExpression(`CAST(${number} AS CHAR)`)} END`;
}

/**
 * A row's position in the order of its table, a DECIMAL: whole numbers of any size have their order, other texts that
 * of their ids in the ledger. Rows have the same position if they have the same id in the ledger. NULL for NULL.
 */
export function positionExpression(column: Column): string {
  const { text, number, isWhole } = wholeNumber(column);
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${isWhole} THEN ${number} ELSE ${hashExpression(text)} END`;
}

/** 65 digits are the maximum of a DECIMAL. */
function wholeNumber(column: Column) {
  const text = trimmed(column);
  const isWhole = `${text} REGEXP '^-?0*[0-9]{1,65}([.]0*)?$'`;
  return { text, number: `CAST(${text} AS DECIMAL(65, 0))`, isWhole };
}

function hashExpression(text: string): string {
  return `-CAST(CONV(LEFT(SHA2(${text}, 256), 13), 16, 10) AS SIGNED)`;
}

/** A time as a number of seconds or milliseconds, or as text: `parseTimeColumn` reads both. */
export function timeExpression(column: Column): string {
  const { name, type } = column;
  if (isInteger(column) || fractionTypes.includes(type)) return name;
  if (dateTypes.includes(type)) return `UNIX_TIMESTAMP(${name})`;
  return `CONVERT(${textExpression(column)} USING utf8mb4)`;
}

/** A time as a number, for comparisons in SQL. */
export function comparableTimeExpression(column: Column): string {
  const time = timeExpression(column);
  if (!time.startsWith('CONVERT(')) return time;
  return `CASE WHEN ${time} REGEXP '^ *[0-9]+([.][0-9]*)? *$' THEN ${time} + 0 ELSE UNIX_TIMESTAMP(${time}) END`;
}

/** Whether a flag is set. */
export function flagExpression(column: Column): string {
  if (isInteger(column) || fractionTypes.includes(column.type)) return `${column.name} <> 0`;
  return `LOWER(${trimmed(column)}) NOT IN ('', '0', 'f', 'false', 'n', 'no', 'off')`;
}

function trimmed(column: Column): string {
  return `TRIM(CONVERT(${textExpression(column)} USING utf8mb4))`;
}
