import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { parseId } from '../owners/owner.js';
import { CourseModulesRepository } from './course-modules.repository.js';
import { MoodleClient } from './moodle-client.js';
import type { MoodleCredential } from './moodle-credential.js';
import type { Verdict } from './queued-check.js';

/** The result of a check. */
export interface CheckedLogin {
  verdict: Verdict;
  /** When the first of the answers that it is made of arrived, as `performance.now()`. */
  answeredAt: number;
  /** How long the login is valid according to Moodle, in ms; 0 if it is not. */
  validMs: number;
}

/** Checks a login: whose it is, whether that user may enter the activity, and which activity it is. */
@Injectable()
export class LoginChecker {
  constructor(
    private readonly client: MoodleClient,
    private readonly repository: CourseModulesRepository,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Asks both questions at once: a page waits for one answer, not for two.
   * @param isProven whether the login was valid not long ago: then a failure is asked for again
   * @param isSuspect whether it may be a guess: then the second question waits for a yes to the first, which costs less
   * @throws what the requests throw, when they are aborted too
   */
  async check(
    login: MoodleCredential,
    signal: AbortSignal,
    { isProven, isSuspect }: { isProven: boolean; isSuspect: boolean },
  ): Promise<CheckedLogin> {
    const stop = new AbortController();
    const untilStopped = AbortSignal.any([signal, stop.signal]);
    const firstAnswer = this.sessionOf(login, untilStopped);
    const secondAnswer = isSuspect && !isProven ? undefined : this.activityFor(login, untilStopped, isProven);
    // Its error counts only if the login is valid.
    secondAnswer?.catch(() => undefined);
    try {
      const { session, answeredAt } = await firstAnswer;
      const userId = parseId(session?.userId);
      if (!session || userId === undefined || userId === this.config.moodle?.guestId) {
        return { verdict: 'no login', answeredAt, validMs: 0 };
      }
      const access = await (secondAnswer ?? this.activityFor(login, untilStopped, isProven));
      const { activityId } = access;
      return {
        verdict: activityId === undefined ? 'no access' : { owner: { userId, activityId }, cmid: login.cmid },
        answeredAt: Math.min(answeredAt, access.answeredAt),
        validMs: session.secondsLeft * 1000,
      };
    } finally {
      stop.abort();
    }
  }

  private async sessionOf(login: MoodleCredential, signal: AbortSignal) {
    const session = await this.client.session(login, signal);
    return { session, answeredAt: performance.now() };
  }

  /** The activity that the login may enter; undefined if it may not. */
  private async activityFor(login: MoodleCredential, signal: AbortSignal, asksTwice: boolean) {
    const askMoodle = async () => {
      let access = await this.client.checkAccess(login, signal);
      if (access === 'failure' && asksTwice) access = await this.client.checkAccess(login, signal);
      return { hasAccess: access === 'yes', answeredAt: performance.now() };
    };
    const [{ hasAccess, answeredAt }, activityId] = await Promise.all([
      askMoodle(),
      this.repository.activityOf(login.cmid),
    ]);
    return { activityId: hasAccess ? parseId(activityId) : undefined, answeredAt };
  }
}
