import type { FastifyRequest } from 'fastify';
import { plainIp } from '../common/net.js';

/** A Moodle login as sent by a page, for one course module. */
export interface MoodleCredential {
  /** Value of Moodle's session cookie. */
  cookie: string;
  sesskey: string;
  cmid: number;
  /** IP address of the client, because Moodle may bind sessions to it; undefined if it is not a valid address. */
  ip: string | undefined;
}

/** PHP session ids (php.net/session_id), and the longer ones of other session stores. */
const cookieValue = /^[A-Za-z0-9,-]{16,256}$/;
/** Moodle 5.1 generates ten characters. */
const sesskeyPattern = /^[A-Za-z0-9]{1,64}$/;

export function isSesskey(text: string): boolean {
  return sesskeyPattern.test(text);
}

/** Reads the login of a request; undefined if its cookie or sesskey is missing or malformed, so that Moodle is not called. */
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
  // With two cookies of that name, Moodle might use the other one.
  if (others.length > 0 || !cookieValue.test(cookie) || !isSesskey(sesskey)) return undefined;
  return { cookie, sesskey, cmid, ip: plainIp(ip) };
}
