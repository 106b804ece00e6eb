import { configurationError } from '../common/startup-error.js';
import type { StoreTable } from '../database/store-tables.js';
import { isSame, type Digest } from './table-digest.js';
import type { CopyMark } from './target/marks.repository.js';

/** What is known of one table. */
export interface TableCopy {
  table: StoreTable;
  source: Digest;
  /** The last id that the source has assigned; 0 when it has assigned none. */
  lastId: number;
  /** What the target has recorded about it; undefined when it has recorded nothing. */
  mark: CopyMark | undefined;
  /** The rows of the source that earlier runs have copied. */
  alreadyThere: Digest;
  target: Digest;
}

/**
 * Checks that an interrupted copy can continue.
 * @throws StartupError when the source or the target has changed since
 */
export function assertUnchanged(tables: TableCopy[]): void {
  const emptyTarget = 'empty the target (drop the database and create it again), and run the command again';
  const named = (changed: TableCopy[]) => changed.map(({ table }) => table.name).join(', ');
  const inSource = tables.filter(({ source, mark }) => !mark || !isSame(source, mark.source));
  if (inSource.length > 0) {
    throw configurationError(`the source has changed since this copy began (${named(inSource)}): ${emptyTarget}`);
  }
  const inTarget = tables.filter(({ target, alreadyThere }) => !isSame(target, alreadyThere));
  if (inTarget.length > 0) {
    throw configurationError(
      `the target has changed since this copy was interrupted (${named(inTarget)}): it is in use; ` +
        `nothing was changed. To copy all the same, ${emptyTarget}`,
    );
  }
}
