import { pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';

/**
 * Opens a file that no process writes to meanwhile. SQLite takes no lock then, writes nothing, and reads no write-ahead
 * log.
 */
export function openImmutable(file: string): InstanceType<typeof DatabaseSync> {
  const url = pathToFileURL(file);
  url.search = '?immutable=1';
  return new DatabaseSync(url.href, { readOnly: true });
}
