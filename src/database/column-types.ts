import type { ColumnOptions, ValueTransformer } from 'typeorm';

const asNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (value === null || value === undefined ? value : Number(value)),
};

/** BIGINT that a JavaScript number holds exactly: milliseconds and counters, up to 2^53. */
export const bigInteger = { type: 'bigint', transformer: asNumber } satisfies ColumnOptions;

/** A generated id: 1 to 2^53. */
export const generatedId = { type: 'bigint', unsigned: true } as const;

/** Moodle's ids of users, activities and course modules: 1 to 4294967295. */
export const moodleId = { type: 'int', unsigned: true } as const satisfies ColumnOptions;

/** Names that are compared byte by byte. SQLite does so anyway and ignores both settings. */
export const exactText = {
  type: 'varchar',
  length: 50,
  charset: 'ascii',
  collation: 'ascii_bin',
} satisfies ColumnOptions;
