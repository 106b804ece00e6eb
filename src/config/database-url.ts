import { withoutBrackets } from '../common/net.js';
import type { MysqlConnection } from './config.js';

const form = 'the form is mysql://user:password@host:3306/name';

/** Where a database is, or what is wrong with the address, in words that do not quote it: it carries a password. */
export function parseDatabaseUrl(text: string): MysqlConnection | string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mysql:', 'mariadb:'].includes(url.protocol)) return `is not a mysql:// or mariadb:// address; ${form}`;
  if (url.search || url.hash) {
    return `must have nothing after the name (TLS and pool have their own variables); ${form}`;
  }
  try {
    const database = decodeURIComponent(url.pathname.slice(1));
    if (database === '' || database.includes('/')) return `must name one database; ${form}`;
    if (url.hostname === '') return `must name a host; ${form}`;
    return {
      host: withoutBrackets(url.hostname),
      port: url.port === '' ? 3306 : Number(url.port),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database,
    };
  } catch {
    return `has a % that is not followed by two hexadecimal digits; ${form}`;
  }
}
