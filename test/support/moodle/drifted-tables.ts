import type { MoodleDatabase } from './moodle-database.js';

/** A type of a column, and the value of the plugin's own column as an expression of that type. */
export interface ColumnVariant {
  type: string;
  /** `?` stands for the plugin's column. */
  value?: string;
}

const numbers: ColumnVariant[] = [
  { type: 'bigint NULL' },
  { type: 'int' },
  { type: 'varchar(30)' },
  { type: 'decimal(20,0)' },
  { type: 'double' },
  { type: 'varbinary(30)', value: 'CAST(? AS CHAR)' },
  { type: 'bigint unsigned' },
  { type: 'text' },
  { type: 'decimal(20,4)' },
  { type: 'char(30) CHARACTER SET latin1' },
  { type: 'binary(20)', value: 'CAST(? AS CHAR)' },
];
const texts: ColumnVariant[] = [
  { type: 'varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' },
  { type: 'blob' },
  { type: 'text CHARACTER SET utf8mb3' },
  { type: 'varchar(200) CHARACTER SET latin1' },
  { type: 'mediumblob' },
  { type: 'varbinary(200)' },
  { type: 'text CHARACTER SET utf16' },
  { type: 'varchar(200) CHARACTER SET latin2' },
  { type: 'longtext CHARACTER SET ucs2' },
  { type: 'text CHARACTER SET utf32' },
  { type: 'varchar(200) CHARACTER SET cp1250' },
];
const iso = "DATE_FORMAT(FROM_UNIXTIME(?), '%Y-%m-%dT%H:%i:%sZ')";
const times: ColumnVariant[] = [
  { type: 'bigint NULL' },
  { type: 'int unsigned' },
  { type: 'varchar(40)' },
  { type: 'datetime', value: 'FROM_UNIXTIME(?)' },
  { type: 'timestamp NULL', value: 'FROM_UNIXTIME(?)' },
  { type: 'varchar(40)', value: iso },
  { type: 'double' },
  { type: 'decimal(20,3)' },
  { type: 'datetime(3)', value: 'FROM_UNIXTIME(?)' },
  { type: 'varbinary(40)', value: iso },
  { type: 'varchar(40)', value: 'FROM_UNIXTIME(?)' },
];
const flags: ColumnVariant[] = [
  { type: 'int' },
  { type: 'bit(1)' },
  { type: "enum('0','1')", value: 'CAST(? AS CHAR)' },
  { type: 'varchar(5)' },
  { type: 'varchar(5)', value: "IF(?, 'true', 'false')" },
  { type: 'double' },
  { type: 'varbinary(5)', value: 'CAST(? AS CHAR)' },
  { type: 'decimal(3,1)' },
];
const roles: ColumnVariant[] = [
  { type: "enum('assistant','user','system')" },
  { type: 'varbinary(20)' },
  { type: 'binary(20)' },
  { type: "set('assistant','user','system')" },
  ...texts,
];

/** Every kind of column of the plugin's tables with the types that it may have had elsewhere. */
export const columnVariants: Record<'chat' | 'chat_sessions' | 'work', Record<string, ColumnVariant[]>> = {
  chat: {
    id: numbers,
    writeassistdevid: numbers,
    userid: numbers,
    chat_session_id: texts,
    role: roles,
    content: texts,
    timestamp: times,
    created_at: times,
  },
  chat_sessions: {
    id: numbers,
    writeassistdevid: numbers,
    userid: numbers,
    session_id: texts,
    title: texts,
    is_active: flags,
    created_at: times,
    modified_at: times,
  },
  work: {
    id: numbers,
    writeassistdevid: numbers,
    userid: numbers,
    content: texts,
    timecreated: times,
    timemodified: times,
  },
};

/** How many sets of types there are, so that every type of every column is in one. */
export const variantCount = Math.max(
  ...Object.values(columnVariants).flatMap((columns) => Object.values(columns).map((variants) => variants.length)),
);

/** The types of all columns of a table in one set; neighbouring columns have different kinds of types. */
function chosen(columns: Record<string, ColumnVariant[]>, set: number): [name: string, variant: ColumnVariant][] {
  return Object.entries(columns).map(([name, variants]) => [
    name,
    variants[set % variants.length] ?? { type: 'longtext' },
  ]);
}

/** Makes tables without keys, with other types, names in capitals, another order and more columns, from the plugin's. */
export async function createVariant(from: MoodleDatabase, to: MoodleDatabase, set: number): Promise<void> {
  for (const [table, columns] of Object.entries(columnVariants)) {
    const variants = chosen(columns, set).reverse();
    const definitions = variants.map(([name, { type }]) => `\`${name.toUpperCase()}\` ${type}`);
    const source = `${from.name}.mdl_writeassistdev_${table}`;
    const target = `${to.name}.mdl_writeassistdev_${table}`;
    await to.connection.query(`CREATE TABLE ${target} (more int DEFAULT 7, ${definitions.join(', ')}, \`LAST\` blob)`);
    const names = variants.map(([name]) => `\`${name}\``).join(', ');
    const values = variants.map(([name, { value = '?' }]) => value.replaceAll('?', `\`${name}\``)).join(', ');
    await to.connection.query(`INSERT INTO ${target} (${names}) SELECT ${values} FROM ${source}`);
  }
}
