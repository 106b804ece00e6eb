import { withoutBrackets } from '../common/net.js';
import type { MysqlConnection } from './config.js';

const format = 'the format is mysql://user:password@host:3306/name';

/** Parses a database URL. Returns a description of the problem if it is invalid, without quoting it: it has a password. */
export function parseDatabaseUrl(text: string): MysqlConnection | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol)) return `is not a mysql:// or mariadb:// URL; ${format}`;
  if (url.search || url.hash) {
    return `must have nothing after the name (use the DATABASE_TLS and DATABASE_POOL_SIZE variables); ${format}`;
  }
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    if (database === '' || database.includes('/')) return `must name one database; ${format}`;
    if (url.hostname === '') return `must name a host; ${format}`;
    return {
      host: withoutBrackets(url.hostname),
      port: url.port === '' ? 3306 : Number(url.port),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
    };
  } catch {
    return `has a % that is not followed by two hexadecimal digits; ${format}`;
  }
}
