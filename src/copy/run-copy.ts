import { peakMemoryMiB } from '../common/peak-memory.js';
import type { MysqlConfig } from '../config/config.js';
import { describeServer } from '../database/connection/startup-errors.js';
import { withAdvisoryLock } from '../database/transactions/advisory-lock.js';
import { Copier } from './copier.js';
import { toCopyError, withUrlName } from './copy-errors.js';
import type { CopyOptions } from './copy-options.js';
import { isEqual, reportText } from './report.js';
import { openSource } from './source/open-source.js';
import { openTarget } from './target/open-target.js';

/**
 * Copies all chats from SQLite to MariaDB or MySQL, compares both sides, and writes a report.
 * @param from a DATA_DIR, or a database file
 * @param toName what has the URL of the target, for errors
 * @returns whether both sides are the same at the end
 * @throws StartupError when it cannot start or continue
 */
export async function runCopy(
  from: string,
  to: MysqlConfig,
  write: (text: string) => void,
  toName: CopyOptions['toName'] = 'DATABASE_URL',
): Promise<boolean> {
  const started = Date.now();
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      const { dataSource } = target.database;
      const tables = await withAdvisoryLock({ dataSource, what: 'copy' }, () => new Copier(source, target).run());
      const report = {
        source: source.file,
        migrations: source.migrations,
        target: `${describeServer(to)}, database ${JSON.stringify(to.database)}`,
        tables,
        seconds: Math.round((Date.now() - started) / 100) / 10,
        peakMemoryMiB: peakMemoryMiB(),
      };
      write(reportText(report));
      return isEqual(report);
    } finally {
      await target.database.close();
    }
  } catch (error) {
    throw withUrlName(toCopyError(error, source.file, to), toName);
  } finally {
    source.close();
  }
}
