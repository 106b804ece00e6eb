import { reasonOf } from '../common/failure-reason.js';
import { addressOf } from '../common/unreachable-error.js';
import { readTextWithLimit } from '../common/read-text-with-limit.js';

const timeoutMs = 8000;
/** Pages of a Moodle have some ten thousand bytes. */
const maxBytes = 512 * 1024;

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body if it is a JSON object. */
  json: Record<string, unknown> | undefined;
}

/** A GET that follows no redirect. @returns what is wrong with the connection, as a phrase, when there is no answer */
export async function get(url: string | URL, init: RequestInit = {}): Promise<HttpAnswer | string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs), ...init });
    const text = await readTextWithLimit(response, maxBytes);
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  } catch (error) {
    return `${addressOf(url)} cannot be reached (${reasonOf(error)})`;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
