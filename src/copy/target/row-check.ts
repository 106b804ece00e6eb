import { configurationError } from '../../common/startup-error.js';
import type { Parameter } from '../../database/sql/sql-client.js';
import type { StoreTable } from '../../database/store-tables.js';
import { rowName } from '../row-name.js';
import type { Row } from '../table-digest.js';

/** What an entity says of a column, in the words of TypeORM. */
export interface CheckedColumn {
  databaseName: string;
  type: unknown;
  length: string;
  charset?: string;
  enum?: (string | number)[] | undefined;
  isNullable: boolean;
  isGenerated: boolean;
}

/** Finds what is wrong with a value that is not NULL: what it must be. */
type Rule = (value: Parameter) => string | undefined;

const maxMediumTextBytes = 2 ** 24 - 1;
const maxTextBytes = 2 ** 16 - 1;

/** SQLite stores in a column whatever it is given: finds the rows that MariaDB and MySQL would reject or change. */
export class RowCheck {
  readonly #columns: { name: string; isNullable: boolean; rule: Rule }[];

  /**
   * @param columns those of the table, in its order
   * @param maxTextBytes maximum of a text in one statement to the target
   */
  constructor(
    private readonly table: StoreTable,
    columns: CheckedColumn[],
    private readonly maxTextBytes: number,
  ) {
    this.#columns = columns.map((column) => {
      return { name: column.databaseName, isNullable: column.isNullable, rule: ruleOf(column) };
    });
  }

  /** @throws StartupError naming the row */
  assertStorable(row: Row): void {
    for (const [index, { name, isNullable, rule }] of this.#columns.entries()) {
      const value = row[index] ?? null;
      const problem = value === null ? (isNullable ? undefined : 'must not be NULL') : rule(value);
      if (problem !== undefined) {
        throw configurationError(`the target cannot store ${rowName(this.table, row)} as it is: ${name} ${problem}`);
      }
      if (typeof value === 'string') this.assertFits(row, value);
    }
  }

  private assertFits(row: Row, text: string): void {
    const bytes = byteLength(text, this.maxTextBytes);
    if (bytes <= this.maxTextBytes) return;
    throw configurationError(
      `${rowName(this.table, row)} has a text of ${bytes} bytes: max_allowed_packet of the target is too small`,
    );
  }
}

function ruleOf({ databaseName, type, length, charset, enum: values, isGenerated }: CheckedColumn): Rule {
  switch (type) {
    case 'tinyint':
      return wholeNumber(0n, 1n);
    case 'int':
      return wholeNumber(0n, 2n ** 32n - 1n);
    case 'bigint':
      return isGenerated ? wholeNumber(1n, BigInt(Number.MAX_SAFE_INTEGER)) : wholeNumber(-(2n ** 63n), 2n ** 63n - 1n);
    case 'varchar':
      return charset === 'ascii' ? asciiText(Number(length)) : text(Number(length));
    case 'mediumtext':
      return bytes(maxMediumTextBytes);
    case 'text':
      return bytes(maxTextBytes);
    // The source gives bytes as the text that they are.
    case 'varbinary':
      return bytes(Number(length));
    case 'simple-enum':
      return (value) => (values?.includes(String(value)) ? undefined : `must be one of ${values?.join(', ')}`);
    default:
      throw new Error(`there is no rule for the column ${databaseName}`);
  }
}

function wholeNumber(minimum: bigint, maximum: bigint): Rule {
  return (value) => {
    const number = toWholeNumber(value);
    if (number !== undefined && number >= minimum && number <= maximum) return undefined;
    return `must be a whole number from ${minimum} to ${maximum}`;
  };
}

/** The source gives whole numbers that a JavaScript number does not hold as texts. */
function toWholeNumber(value: Parameter): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?[1-9]\d{15,18}$/.test(value) ? BigInt(value) : undefined;
}

function text(maxLength: number): Rule {
  return (value) =>
    typeof value === 'string' && (value.length <= maxLength || Array.from(value).length <= maxLength)
      ? undefined
      : `must be a text of at most ${maxLength} characters`;
}

function bytes(maxBytes: number): Rule {
  return (value) =>
    typeof value === 'string' && byteLength(value, maxBytes) <= maxBytes
      ? undefined
      : `must be a text of at most ${maxBytes} bytes`;
}

/** MariaDB compares texts as if both were padded with spaces: a space at the end, and what sorts before it, differ. */
function asciiText(maxLength: number): Rule {
  return (value) => {
    const isStorable = typeof value === 'string' && value.length <= maxLength && /^(?:[ -~]*[!-~])?$/.test(value);
    return isStorable
      ? undefined
      : `must be at most ${maxLength} ASCII characters, without control characters and without a space at the end`;
  };
}

/** Counts only when the text may be longer than `limit`: a UTF-16 code unit takes at most three bytes. */
function byteLength(value: string, limit: number): number {
  return value.length * 3 <= limit ? value.length * 3 : Buffer.byteLength(value);
}
