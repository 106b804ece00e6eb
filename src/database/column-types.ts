import type { ColumnOptions, ValueTransformer } from 'typeorm';

const asNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (value === null || value === undefined ? value : Number(value)),
};

/** BIGINT in the exact range of a JavaScript number: milliseconds and counters, up to 2^53. */
export const bigInteger = { type: 'bigint', transformer: asNumber } satisfies ColumnOptions;

/** A generated id: 1 to 2^53. */
export const generatedId = { type: 'bigint', unsigned: true } as const;

/** Moodle's ids of users, activities and course modules: 1 to 4294967295. */
export const moodleId = { type: 'int', unsigned: true } as const satisfies ColumnOptions;

/** A folded text (docs/adr/0043-search.md), made of another column; NULL for one that was not folded yet. */
export const foldedText = { type: 'mediumblob', nullable: true, select: false } as const satisfies ColumnOptions;

/** Ids that are compared byte by byte. SQLite does so by default and ignores both settings. */
export const exactText = {
  type: 'varchar',
  length: 50,
  charset: 'ascii',
  collation: 'ascii_bin',
} satisfies ColumnOptions;

/** 1 or 0. */
export const flag = { type: 'tinyint', default: 0 } as const satisfies ColumnOptions;
