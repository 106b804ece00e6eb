import { configurationError } from '../common/startup-error.js';
import { forbiddingMigrations, type ExecutedMigration } from '../database/migrations/schema-compatibility.js';

/**
 * Checks that this program can run on a backup.
 * @throws StartupError when it is not of this service, or a newer program has migrated it
 */
export function assertRestorable(file: string, executed: ExecutedMigration[]): void {
  if (executed.length === 0) throw notABackup(file);
  const oldest = new Map(executed.map(({ name, oldestProgram }) => [name, oldestProgram ?? '']));
  const forbidding = forbiddingMigrations([...oldest.keys()], oldest);
  if (forbidding.length === 0) return;
  throw configurationError(
    `This program is older than the backup ${file}, which has the migrations ${forbidding.join(', ')}: ` +
      'restore it with a newer version.',
  );
}

export function notABackup(file: string) {
  return configurationError(`${file} is not a backup of this service`);
}
