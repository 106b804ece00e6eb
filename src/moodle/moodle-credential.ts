import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** What a page sends of its Moodle login, for one course module. */
export interface MoodleCredential {
  /** The value of Moodle's cookie. */
  cookie: string;
  sesskey: string;
  cmid: number;
  /** Where the page is: Moodle may bind logins to it. Undefined where no proxy says it rightly. */
  ip: string | undefined;
}

/** As PHP makes the names of its sessions (php.net/session_id), and long ones of other stores. */
const cookieValue = /^[A-Za-z0-9,-]{16,256}$/;
/** Moodle's has ten (measured on 5.1). */
const sesskeyPattern = /^[A-Za-z0-9]{1,64}$/;

export function isSesskey(text: string): boolean {
  return sesskeyPattern.test(text);
}

/** Undefined where no such login can be: then nobody is asked. */
export function parseCredential(
  { headers, ip }: FastifyRequest,
  cookieName: string,
  sesskey: string,
  cmid: number,
): MoodleCredential | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1));
  const [cookie = '', ...others] = values;
  // Of two, Moodle might take the other one.
  if (others.length > 0 || !cookieValue.test(cookie) || !isSesskey(sesskey)) return undefined;
  return { cookie, sesskey, cmid, ip: isIP(ip) === 0 ? undefined : ip };
}
