import { Inject, Injectable } from '@nestjs/common';
import { cdnLoopId } from '../http/cdn-loop.js';
import { readTextWithLimit } from '../common/read-text-with-limit.js';
import { CONFIG } from '../config/config.module.js';
import type { Config, MoodleConfig } from '../config/config.js';
import type { MoodleCredential } from './moodle-credential.js';

/** A login that holds. */
export interface MoodleSession {
  userId: number;
  secondsLeft: number;
}

/** Moodle did not give an answer that can be understood: neither yes nor no. */
export class MoodleUnavailableError extends Error {}

/** In bytes; the answers have some hundred, a page of Moodle's some ten thousand. */
const maxResponseBytes = 512 * 1024;
const sessionFunction = 'core_session_time_remaining';
/** `exception.errorcode` of a login that does not hold, or that Moodle lets do nothing yet. */
const refusalCodes = [
  'invalidsesskey',
  'servicerequireslogin',
  'requireloginerror',
  'sessiontimeout',
  'sessionerroruser',
  'sessionerroruser2',
  'sessionipnomatch',
  'sessionipnomatch2',
  'forcepasswordchangenotice',
  'usernotfullysetup',
  'sitepolicynotagreed',
];

/**
 * Moodle's own words on a login: that is right for every store of sessions and every rule that a site may have. Only the
 * configured addresses are called, and no redirect is followed. Answers as measured on Moodle 5.1 with the plugin.
 */
@Injectable()
export class MoodleClient {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** @returns undefined when the login does not hold. @throws NoAnswer, and what fetch throws */
  async session({ sesskey, ...login }: MoodleCredential): Promise<MoodleSession | undefined> {
    const { url } = this.moodle;
    const body = JSON.stringify([{ index: 0, methodname: sessionFunction, args: {} }]);
    const address = `${url}/lib/ajax/service.php?sesskey=${sesskey}&info=${sessionFunction}`;
    const { status, text } = await this.post(address, body, 'application/json', login);
    const parsed = status === 200 ? parse(text) : {};
    const { error, data, exception } = asList(parsed)[0] ?? {};
    // What Moodle refuses before it looks at the question has no list around it.
    const code = exception?.errorcode ?? (parsed as ServiceAnswer['exception'])?.errorcode;
    if (refusalCodes.includes(code ?? '') && error !== false) return undefined;
    const { userid, timeremaining } = data ?? {};
    if (error === false && isCount(userid) && isCount(timeremaining)) {
      return userid > 0 && timeremaining > 0 ? { userId: userid, secondsLeft: timeremaining } : undefined;
    }
    throw new MoodleUnavailableError(
      `Moodle answered status ${status}${describeErrorCode(code)} where it was asked for a login`,
    );
  }

  /** Whether the login may enter the activity: the plugin's own `test` runs all of Moodle's checks, and nothing else. */
  async canAccess({ sesskey, cmid, ...login }: MoodleCredential): Promise<boolean> {
    const form = new URLSearchParams({ action: 'test', cmid: String(cmid), sesskey });
    const type = 'application/x-www-form-urlencoded';
    const { status, text } = await this.post(this.moodle.ajaxUrl, form.toString(), type, login);
    if (status === 508) throw new MoodleUnavailableError('MOODLE_AJAX_URL leads back here');
    // 303: not enrolled, or hidden. 403: no login. 404: no such course module, in the first versions.
    if (status === 303 || status === 403 || status === 404) return false;
    const { success } = (status === 200 ? parse(text) : {}) as { success?: unknown };
    if (typeof success === 'boolean') return success;
    throw new MoodleUnavailableError(`the original ajax.php answered status ${status} where it was asked for access`);
  }

  private async post(url: string, body: string, type: string, login: Pick<MoodleCredential, 'cookie' | 'ip'>) {
    const { cookie, timeoutMs } = this.moodle;
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': type,
        cookie: `${cookie}=${login.cookie}`,
        'x-requested-with': 'XMLHttpRequest',
        'cdn-loop': cdnLoopId,
        ...(login.ip !== undefined && { 'x-forwarded-for': login.ip }),
      },
    });
    return { status: response.status, text: await readTextWithLimit(response, maxResponseBytes) };
  }

  private get moodle(): MoodleConfig {
    if (!this.config.moodle) throw new Error('Moodle is not configured');
    return this.config.moodle;
  }
}

/** What is looked at of an answer of service.php. */
interface ServiceAnswer {
  error?: unknown;
  data?: { userid?: unknown; timeremaining?: unknown };
  exception?: { errorcode?: string };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function asList(value: unknown): ServiceAnswer[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.filter((entry): entry is ServiceAnswer => typeof entry === 'object' && entry !== null);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** For the log: a name of Moodle's, and nothing else that may stand there. */
function describeErrorCode(code: unknown): string {
  return typeof code === 'string' && /^[a-z0-9_]{1,60}$/i.test(code) ? ` (${code})` : '';
}
