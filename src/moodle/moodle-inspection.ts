import { failure, ok, type Finding } from '../common/finding.js';
import { reasonOf } from '../common/failure-reason.js';
import { UnreachableError } from '../common/unreachable-error.js';
import { Tracer } from '../common/tracer.js';
import type { Config, MoodleConfig } from '../config/config.js';
import { mysqlErrorNumber } from '../database/transactions/driver-errors.js';
import { MoodleClient, MoodleUnavailableError } from './moodle-client.js';
import type { MoodleCredential } from './moodle-credential.js';
import { MoodleDatabase } from './moodle-database.js';

const timeoutMs = 8000;
/** Nobody's: Moodle must refuse it. */
const noLogin: MoodleCredential = { cookie: 'nobodynobodynobody', sesskey: 'nobody', cmid: 1, ip: undefined };
const noSuchTable = 1146;
const deniedRights = [1142, 1143];

/** Whether both of Moodle's URLs answer the check of a login, by one that must be refused. */
export async function inspectMoodleUrls(config: Config, moodle: MoodleConfig): Promise<Finding[]> {
  const client = new MoodleClient(config, new Tracer());
  const signal = () => AbortSignal.timeout(timeoutMs);
  return Promise.all([
    inspect('MOODLE_URL', moodle.url, async () => (await client.session(noLogin, signal())) === undefined),
    inspect('MOODLE_AJAX_URL', moodle.ajaxUrl, async () => (await client.checkAccess(noLogin, signal())) !== 'yes'),
  ]);
}

async function inspect(variable: string, url: string, isRefused: () => Promise<boolean>): Promise<Finding> {
  try {
    if (await isRefused()) return ok(`${variable} ${url} answers checks of logins`);
    return failure(`${variable} ${url} accepts a login that is nobody's: it is not the Moodle that it should be.`);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const { cause, message } = error;
    const reason = cause instanceof MoodleUnavailableError ? cause.message : reasonOf(cause);
    return failure(`${message} (${reason}). Try it on this machine: curl -i ${url}`);
  }
}

/** Whether Moodle's database has the plugin, and the user may read the two tables. */
export async function inspectMoodleDatabase({ database, prefix, plugin }: MoodleConfig): Promise<Finding[]> {
  const connection = await MoodleDatabase.open(database);
  try {
    const [module] = await connection.query<{ id: unknown }>(`SELECT id FROM ${prefix}modules WHERE name = ?`, [
      plugin,
    ]);
    if (!module) {
      return [failure(`The table ${prefix}modules has no plugin ${plugin}: check the path of MOODLE_AJAX_URL.`)];
    }
    const [activity] = await connection.query<{ count: unknown }>(
      `SELECT COUNT(*) AS count FROM ${prefix}course_modules WHERE module = ?`,
      [Number(module.id)],
    );
    return [ok(`${Number(activity?.count)} activities of ${plugin}`)];
  } catch (error) {
    return [failure(problemOf(error, prefix))];
  } finally {
    await connection.close().catch(() => undefined);
  }
}

function problemOf(error: unknown, prefix: string): string {
  const number = mysqlErrorNumber(error);
  if (number === noSuchTable) {
    return `There is no table ${prefix}modules or ${prefix}course_modules: check MOODLE_DB_PREFIX and the database.`;
  }
  if (deniedRights.includes(number)) {
    return `The user of MOODLE_DATABASE_URL may not read: GRANT SELECT on ${prefix}modules and ${prefix}course_modules.`;
  }
  return `A statement in Moodle's database failed (${number}): look the number up in the manual of its server.`;
}
