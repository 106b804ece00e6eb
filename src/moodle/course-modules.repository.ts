import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { Tracer } from '../common/tracer.js';
import { UnreachableError } from '../common/unreachable-error.js';
import { MoodleDatabase } from './moodle-database.js';

const limits = { connectionLimit: 4, queueLimit: 200 };

/** Reads the course modules in Moodle's database. */
@Injectable()
export class CourseModulesRepository implements OnApplicationShutdown {
  readonly #config: Config['moodle'];
  readonly #database: MoodleDatabase | undefined;

  constructor(
    @Inject(CONFIG) { moodle }: Config,
    private readonly tracer: Tracer,
  ) {
    this.#config = moodle;
    this.#database =
      moodle && MoodleDatabase.createPool(moodle.database, { connectTimeoutMs: moodle.timeoutMs, ...limits });
  }

  /** The activity id of a course module of the plugin; undefined for every other one. @throws UnreachableError */
  activityOf(cmid: number): Promise<number | undefined> {
    return this.tracer.trace('moodle database', () => this.select(cmid), { 'db.system.name': 'mysql' });
  }

  private async select(cmid: number): Promise<number | undefined> {
    if (!this.#config || !this.#database) throw new Error('Moodle is not configured');
    const { prefix, plugin, timeoutMs, database } = this.#config;
    const [row] = await this.#database
      .query<{ activityId: unknown }>(
        `SELECT cm.instance AS activityId FROM ${prefix}course_modules cm
          JOIN ${prefix}modules m ON m.id = cm.module WHERE cm.id = ? AND m.name = ?`,
        [cmid, plugin],
        timeoutMs,
      )
      .catch((error: unknown) => {
        throw new UnreachableError('MOODLE_DATABASE_URL', `${database.host}:${database.port}`, error);
      });
    return row && Number(row.activityId);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#database?.close();
  }
}
