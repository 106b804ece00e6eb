import { withoutBrackets } from '../common/net.js';
import type { MysqlConnection } from './config.js';

const format = 'the format is mysql://user:password@host:3306/name';

/** Parses a database URL. Returns a description of the problem if it is invalid, without quoting it: it has a password. */
export function parseDatabaseUrl(text: string): MysqlConnection | string {
  const raw = rawCharacter(text);
  if (raw !== undefined) {
    return `has a ${raw} in its user or password, which ends the host name of a URL: write it as ${encodeURIComponent(raw)} (percent-encoded, like %40 for @ and %25 for %); ${format}`;
  }
  if (endsBeforeHost(text)) {
    return `ends before the @ and the database: in .env a # begins a comment, so write it as %23; ${format}`;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol)) return `is not a mysql:// or mariadb:// URL; ${format}`;
  if (url.search || url.hash) {
    return `must have nothing after the name (use the DATABASE_TLS and DATABASE_POOL_SIZE variables); ${format}`;
  }
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    // MySQL and MariaDB allow every other character.
    if (!/^[^/\0]+$/.test(database)) return `must name one database; ${format}`;
    if (url.hostname === '') return `must name a host; ${format}`;
    if (url.port === '0') return `must not have the port 0; ${format}`;
    return {
      host: withoutBrackets(url.hostname),
      port: url.port === '' ? 3306 : Number(url.port),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
    };
  } catch {
    return `has a % that is not followed by two hexadecimal digits: write a % as %25; ${format}`;
  }
}

/** A character in front of the host, which is after the last `@`, that a URL has only percent-encoded there. */
function rawCharacter(text: string): string | undefined {
  const [, userinfo = ''] = /^(?:mysql|mariadb):\/\/(.*)@[^@/?#]+\//i.exec(text) ?? [];
  return /[/?#]/.exec(userinfo)?.[0];
}

/** True for what `.env` leaves of a URL whose password has a raw `#`. Four or five digits at the end are a port. */
function endsBeforeHost(text: string): boolean {
  return /^(?:mysql|mariadb):\/\/[^:@/]+:[^@/]*$/i.test(text) && !/:\d{4,5}$/.test(text);
}
