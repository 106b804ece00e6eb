import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import mysql2 from 'mysql2/promise';
import { createDatabase, databaseUrl, type TestDatabase } from '../database/test-database.js';
import { Upstream, type Answering, type Received } from '../legacy/upstream.js';
import { SessionLocks } from './session-locks.js';

/** A user who is logged in to Moodle. */
export interface Person {
  cookie: string;
  sesskey: string;
  userId: number;
  /** Course modules that the user may access. */
  cmids: number[];
}

/** Versions of the plugin that reject differently: with a status, or with a 200 that reports the error. */
export type PluginVersion = 1 | 3;

const type = { 'content-type': 'application/json; charset=utf-8' };
const servicePath = '/lib/ajax/service.php';
export const ajaxPath = '/mod/writeassistdev/ajax.php';

/**
 * A stand-in for Moodle with the calls that the service uses; its answers were recorded on Moodle 5.1 with the plugin.
 * Its database has the tables of the course modules.
 */
export class MoodleStandIn {
  readonly people: Person[] = [];
  version: PluginVersion = 3;
  /** These replace the recorded answers. */
  service: Answering | undefined;
  ajax: Answering | undefined;
  /** How long each answer takes, and an answer of the AI, in ms. */
  delayMs = 0;
  aiMs = 0;
  /** Whether requests of one PHP session run one after the other. */
  readonly locks = new SessionLocks();

  private constructor(
    private readonly web: Upstream,
    private readonly database: TestDatabase,
    private readonly databaseName: string,
  ) {
    web.answer = (response, request) => {
      const received = this.received.at(-1);
      if (!received) throw new Error('nothing was received');
      void this.locks.hold(received.headers.cookie?.join('; ') ?? '', response, () => {
        const own = request.url?.startsWith(servicePath) ? this.service : this.ajax;
        const answer = () => {
          if (own) own(response, request);
          else if (request.url?.startsWith(servicePath)) this.answerService(received, response);
          else this.answerAjax(received, response);
        };
        if (this.delayMs > 0) setTimeout(answer, this.delayMs);
        else answer();
      });
    };
  }

  /** @param modules course modules: id, plugin, and id of the instance */
  static async start(modules: [cmid: number, plugin: string, instance: number][]): Promise<MoodleStandIn> {
    const database = await createDatabase('mariadb');
    const url = new URL(database.environment.DATABASE_URL ?? '');
    const connection = await mysql2.createConnection(url.href);
    await connection.query('CREATE TABLE mdl_modules (id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL)');
    await connection.query(
      'CREATE TABLE mdl_course_modules (id BIGINT PRIMARY KEY, course BIGINT NOT NULL, module BIGINT NOT NULL, instance BIGINT NOT NULL)',
    );
    const plugins = [...new Set(modules.map(([, plugin]) => plugin))];
    for (const [index, name] of plugins.entries()) {
      await connection.query('INSERT INTO mdl_modules VALUES (?, ?)', [index + 20, name]);
    }
    for (const [cmid, plugin, instance] of modules) {
      const values = [cmid, plugins.indexOf(plugin) + 20, instance];
      await connection.query('INSERT INTO mdl_course_modules VALUES (?, 5, ?, ?)', values);
    }
    await connection.end();
    return new MoodleStandIn(await Upstream.start(), database, url.pathname.slice(1));
  }

  get url(): string {
    return this.web.url;
  }

  get received(): Received[] {
    return this.web.received;
  }

  /** The number of requests that were given up before their answer. */
  get abandoned(): number {
    return this.web.abandoned;
  }

  /** The environment variables of a server that uses this Moodle. */
  get environment(): Record<string, string> {
    return {
      AUTH: 'moodle',
      MOODLE_URL: this.url,
      MOODLE_AJAX_URL: `${this.url}${ajaxPath}`,
      MOODLE_DATABASE_URL: databaseUrl(this.databaseName),
    };
  }

  logIn(userId: number, cmids: number[]): Person {
    const cookie = randomBytes(13).toString('hex');
    const person = { cookie, sesskey: randomBytes(5).toString('hex'), userId, cmids };
    this.people.push(person);
    return person;
  }

  /** The kinds of the received requests. Those of one check arrive in any order, and are sorted here. */
  questions(): string[] {
    return this.received.map(({ url = '' }) => (url.startsWith(servicePath) ? 'login' : 'access')).sort();
  }

  /** The number of checks of logins that were received. */
  get checks(): number {
    return this.questions().filter((kind) => kind === 'login').length;
  }

  /** Restores the initial state, except for the people. */
  reset(): void {
    this.received.length = 0;
    this.version = 3;
    this.service = undefined;
    this.ajax = undefined;
    this.delayMs = 0;
    this.aiMs = 0;
    this.locks.limitMs = undefined;
  }

  async stop(): Promise<void> {
    await this.web.stop();
    await this.database.drop();
  }

  private answerService({ url = '', headers, body }: Received, response: ServerResponse): void {
    const [call] = JSON.parse(body.toString()) as { methodname: string; args: object }[];
    if (call?.methodname !== 'core_session_time_remaining') throw new Error('not measured');
    const sesskey = new URL(url, this.url).searchParams.get('sesskey');
    const person = this.personOf(headers);
    const answer = (value: object) => response.writeHead(200, type).end(JSON.stringify([value]));
    const refuse = (errorcode: string, message: string) => {
      const exception = { message, errorcode, link: `${this.url}/`, moreinfourl: `${this.url}/error` };
      answer({ error: true, exception });
    };
    if (!person) refuse('servicerequireslogin', 'You are not logged in');
    else if (person.sesskey !== sesskey) {
      refuse('invalidsesskey', 'Your session has most likely timed out. Please log in again.');
    } else answer({ error: false, data: { userid: person.userId, timeremaining: 28_800 } });
  }

  private answerAjax({ headers, body }: Received, response: ServerResponse): void {
    const form = new URLSearchParams(body.toString());
    const person = this.personOf(headers);
    const cmid = Number(form.get('cmid'));
    const answer = (value: object) => response.writeHead(200, type).end(JSON.stringify(value));
    if (headers['x-requested-with']?.[0] !== 'XMLHttpRequest') {
      response.writeHead(403).end('Direct access not allowed');
    } else if (person?.sesskey !== form.get('sesskey')) {
      if (this.version === 3) answer({ success: false, error: 'Invalid session key' });
      else response.writeHead(403, { 'content-type': 'text/html' }).end('Invalid session key');
    } else if (cmid > 90) {
      const error = "Initialization error: Can't find data record in database.";
      if (this.version === 3) answer({ success: false, error });
      else response.writeHead(404, { 'content-type': 'text/html' }).end('<html><body>Error</body></html>');
    } else if (!person.cmids.includes(cmid)) {
      response.writeHead(303, { location: `${this.url}/enrol/index.php?id=5` }).end('<html></html>');
    } else if (form.get('action') === 'test') answer({ success: true, message: 'AJAX endpoint working' });
    else if (form.get('action') === 'proxy_chat') {
      setTimeout(() => answer({ success: true, assistantReply: 'by the AI', project: null }), this.aiMs);
    } else answer({ success: true, project: null });
  }

  private personOf(headers: Received['headers']): Person | undefined {
    const [, cookie] = /^MoodleSession=([^;]*)$/.exec(headers.cookie?.join('; ') ?? '') ?? [];
    return this.people.find((person) => person.cookie === cookie);
  }
}
