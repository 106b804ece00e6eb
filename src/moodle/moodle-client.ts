import { Inject, Injectable } from '@nestjs/common';
import { callerAddress } from '../http/caller-address.js';
import { cdnLoopId } from '../http/cdn-loop.js';
import { UnreachableError, addressOf } from '../common/unreachable-error.js';
import { Tracer, type Span } from '../common/tracer.js';
import { readTextWithLimit } from '../common/read-text-with-limit.js';
import { CONFIG } from '../config/config.module.js';
import type { Config, MoodleConfig } from '../config/config.js';
import type { MoodleCredential } from './moodle-credential.js';

/** A valid Moodle session. */
export interface MoodleSession {
  userId: number;
  secondsLeft: number;
}

/** Moodle's response neither confirms nor rejects the login. */
export class MoodleUnavailableError extends Error {}

interface PostedRequest {
  url: string;
  body: string;
  /** The content type. */
  type: string;
}

/** In bytes. Expected responses have some hundred bytes, Moodle's HTML pages some ten thousand. */
const maxResponseBytes = 512 * 1024;
const sessionFunction = 'core_session_time_remaining';
/** Values of `exception.errorcode` for an invalid login, or for a user who must first complete a step in Moodle. */
const rejectionCodes = [
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
 * Checks logins by calling Moodle, which works with every session store and every access rule of a site. Calls only the
 * configured URLs and follows no redirects. The handled responses were recorded on Moodle 5.1 with the plugin.
 */
@Injectable()
export class MoodleClient {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly tracer: Tracer,
  ) {}

  /**
   * The session of a login; undefined if the login is invalid. Waits for an answer until `signal` is aborted.
   * @throws UnreachableError
   */
  async session({ sesskey, ...login }: MoodleCredential, signal: AbortSignal): Promise<MoodleSession | undefined> {
    const { url } = this.moodle;
    const body = JSON.stringify([{ index: 0, methodname: sessionFunction, args: {} }]);
    const serviceUrl = `${url}/lib/ajax/service.php?sesskey=${sesskey}&info=${sessionFunction}`;
    const { status, text } = await this.post(
      'session',
      { url: serviceUrl, body, type: 'application/json' },
      login,
      signal,
    );
    const parsed = status === 200 ? parse(text) : {};
    const { error, data, exception } = asList(parsed)[0] ?? {};
    // Errors from before Moodle reads the request are not wrapped in a list.
    const code = exception?.errorcode ?? (parsed as ServiceAnswer['exception'])?.errorcode;
    if (rejectionCodes.includes(code ?? '') && error !== false) return undefined;
    const { userid, timeremaining } = data ?? {};
    if (error === false && isCount(userid) && isCount(timeremaining)) {
      return userid > 0 && timeremaining > 0 ? { userId: userid, secondsLeft: timeremaining } : undefined;
    }
    throw this.unknownAnswer(url, `Moodle answered the login check with status ${status}${describeErrorCode(code)}`);
  }

  /**
   * Whether the login has access to the activity: the plugin's action `test` runs Moodle's access checks and nothing else.
   * A failure means no access, or that Moodle has failed for a moment: newer versions of the plugin answer alike.
   * Waits for an answer until `signal` is aborted.
   * @throws UnreachableError
   */
  async checkAccess(
    { sesskey, cmid, ...login }: MoodleCredential,
    signal: AbortSignal,
  ): Promise<'yes' | 'no' | 'failure'> {
    const body = new URLSearchParams({ action: 'test', cmid: String(cmid), sesskey }).toString();
    const type = 'application/x-www-form-urlencoded';
    const { ajaxUrl } = this.moodle;
    const { status, text } = await this.post('access', { url: ajaxUrl, body, type }, login, signal);
    if (status === 508) throw this.unknownAnswer(ajaxUrl, 'MOODLE_AJAX_URL leads back here');
    // 303: not enrolled, or hidden. 403: no login. 404: unknown course module, in the plugin's first versions.
    if (status === 303 || status === 403 || status === 404) return 'no';
    const { success } = (status === 200 ? parse(text) : {}) as { success?: unknown };
    if (typeof success === 'boolean') return success ? 'yes' : 'failure';
    throw this.unknownAnswer(ajaxUrl, `the original ajax.php answered the access check with status ${status}`);
  }

  private post(
    question: 'session' | 'access',
    request: PostedRequest,
    login: Pick<MoodleCredential, 'cookie' | 'ip'>,
    signal: AbortSignal,
  ) {
    return this.tracer.trace(`moodle ${question}`, (span) => this.send(span, request, login, signal), {
      'http.request.method': 'POST',
    });
  }

  private async send(
    span: Span,
    { url, body, type }: PostedRequest,
    login: Pick<MoodleCredential, 'cookie' | 'ip'>,
    signal: AbortSignal,
  ) {
    const { cookie } = this.moodle;
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'manual',
        signal,
        headers: {
          'content-type': type,
          cookie: `${cookie}=${login.cookie}`,
          'x-requested-with': 'XMLHttpRequest',
          'cdn-loop': cdnLoopId,
          ...callerAddress(login.ip),
          ...span.headers,
        },
      });
      span.set({ 'http.response.status_code': response.status });
      if (response.status >= 500) span.fail(String(response.status));
      return { status: response.status, text: await readTextWithLimit(response, maxResponseBytes) };
    } catch (error) {
      throw this.unreachable(url, error);
    }
  }

  private unknownAnswer(url: string, message: string): UnreachableError {
    return this.unreachable(url, new MoodleUnavailableError(message));
  }

  private unreachable(url: string, cause: unknown): UnreachableError {
    const variable = url === this.moodle.ajaxUrl ? 'MOODLE_AJAX_URL' : 'MOODLE_URL';
    return new UnreachableError(variable, addressOf(url), cause);
  }

  private get moodle(): MoodleConfig {
    if (!this.config.moodle) throw new Error('Moodle is not configured');
    return this.config.moodle;
  }
}

/** The used part of a response of service.php. */
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

/** The error code for the log; empty for a value that is not an error code, because it may contain user data. */
function describeErrorCode(code: unknown): string {
  return typeof code === 'string' && /^[a-z0-9_]{1,60}$/i.test(code) ? ` (${code})` : '';
}
