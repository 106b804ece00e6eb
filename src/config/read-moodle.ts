import { readHttpUrl } from './urls.js';
import type { MoodleConfig } from './config.js';
import { readDatabaseUrl, readTls } from './read-database.js';
import type { EnvReader } from './env-reader.js';

const requireHttps = {
  allowInsecure: false,
  insecureMessage: 'must be https://, unless it is loopback: logins are sent there',
};
const required = ['MOODLE_URL', 'MOODLE_AJAX_URL', 'MOODLE_DATABASE_URL'] as const;
const blankUrl = new URL('about:blank');

/** The Moodle settings; undefined unless AUTH=moodle. */
export function readMoodle(reader: EnvReader): MoodleConfig | undefined {
  if (reader.oneOf('AUTH', ['jwt', 'moodle']) === 'jwt') return undefined;
  const hasKeys = reader.optional('JWKS_URL') !== undefined || reader.optional('JWT_PUBLIC_KEY') !== undefined;
  // Without any key variable, `readJwt` has already reported the missing JWT_SECRET.
  for (const name of hasKeys ? (['JWT_SECRET', ...required] as const) : required) {
    if (reader.optional(name) === undefined) reader.addProblem(name, 'is required with AUTH=moodle');
  }
  const url = readHttpUrl(reader, 'MOODLE_URL', requireHttps) ?? blankUrl;
  const ajaxUrl = readHttpUrl(reader, 'MOODLE_AJAX_URL', requireHttps) ?? blankUrl;
  const [, plugin = ''] = /\/mod\/([a-z]+)\/[^/]+\.php$/.exec(ajaxUrl.pathname) ?? [];
  if (plugin === '' && ajaxUrl !== blankUrl) {
    reader.addProblem('MOODLE_AJAX_URL', 'must end in /mod/<plugin>/ajax.php');
  }
  // A missing variable has been reported above.
  const database = reader.optional('MOODLE_DATABASE_URL') ?? 'mysql://none/none';
  const prefix = reader.text('MOODLE_DB_PREFIX');
  if (!/^[A-Za-z0-9_]{1,20}$/.test(prefix)) {
    reader.addProblem('MOODLE_DB_PREFIX', 'must be 1 to 20 characters of A-Z, a-z, 0-9 and _, or the word none');
  }
  const cookie = reader.text('MOODLE_COOKIE');
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(cookie)) {
    reader.addProblem('MOODLE_COOKIE', 'must be a cookie name of the characters A-Z, a-z, 0-9, _ and -');
  }
  const cacheMs = reader.integer('MOODLE_REMEMBER_SECONDS', 0, 300) * 1000;
  const staleMs = reader.integer('MOODLE_STALE_SECONDS', 0, 600) * 1000;
  return {
    url: url.href.replace(/\/$/, ''),
    ajaxUrl: ajaxUrl.href,
    plugin,
    cookie,
    database: { ...readDatabaseUrl(reader, 'MOODLE_DATABASE_URL', database), ...readTls(reader) },
    prefix: prefix === 'none' ? '' : prefix,
    guestId: reader.integer('MOODLE_GUEST_ID', 0, 4_294_967_295),
    timeoutMs: reader.integer('MOODLE_SECONDS', 1, 30) * 1000,
    maxWaitMs: reader.integer('MOODLE_LOCK_SECONDS', 1, 300) * 1000,
    cacheMs,
    // A site that wants nothing cached wants no older result either.
    staleMs: cacheMs === 0 ? 0 : staleMs,
    tokenSeconds: reader.integer('MOODLE_TOKEN_SECONDS', 60, 43_200),
  };
}
