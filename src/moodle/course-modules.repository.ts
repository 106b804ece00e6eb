import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { tlsOptions } from '../database/mysql/mysql-driver.js';

const maxConnections = 4;
const maxQueued = 200;

/** Moodle's own database, of which two tables are read. */
@Injectable()
export class CourseModulesRepository implements OnApplicationShutdown {
  readonly #config: Config['moodle'];
  readonly #pool: Pool | undefined;

  constructor(@Inject(CONFIG) { moodle }: Config) {
    this.#config = moodle;
    if (!moodle) return;
    const { host, port, username, password, database } = moodle.database;
    const ssl = tlsOptions(moodle.database);
    this.#pool = createPool({
      ...{ host, port, user: username, password, database, charset: 'utf8mb4' },
      ...(ssl && { ssl }),
      connectionLimit: maxConnections,
      queueLimit: maxQueued,
      connectTimeout: moodle.timeoutMs,
      enableKeepAlive: true,
    });
  }

  /** The activity that a course module is, if it is one of the plugin. @throws what the driver throws */
  async activityOf(cmid: number): Promise<number | undefined> {
    if (!this.#config || !this.#pool) throw new Error('Moodle is not configured');
    const { prefix, plugin, timeoutMs } = this.#config;
    const [rows] = await this.#pool.query<RowDataPacket[]>({
      sql: `SELECT cm.instance AS activityId FROM ${prefix}course_modules cm
        JOIN ${prefix}modules m ON m.id = cm.module WHERE cm.id = ? AND m.name = ?`,
      values: [cmid, plugin],
      timeout: timeoutMs,
    });
    const [row] = rows as { activityId: unknown }[];
    return row && Number(row.activityId);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool?.end();
  }
}
