import { randomBytes } from 'node:crypto';
import mysql2, { type Connection } from 'mysql2/promise';
import { databaseUrl, onServer } from '../database/test-database.js';

export type MoodleModule = 'writeassistdev' | 'researchflow';

/** Values of a row of the plugin's messages; the others get defaults. */
export interface MoodleMessage {
  id?: number;
  activityId?: number;
  userId?: number;
  session?: string;
  role?: string;
  content: string;
  /** In the type of the column: a number, or a date and time. */
  timestamp?: number | string;
  /** Seconds. */
  createdAt?: number;
}

export interface MoodleSession {
  id?: number;
  activityId?: number;
  userId?: number;
  session: string;
  title?: string | null;
  active?: boolean;
  createdAt?: number;
  modifiedAt?: number;
}

/** 2025-11-01 08:00:00 UTC, in seconds. */
export const autumn = 1_761_984_000;

/** A Moodle database on the MariaDB of the tests, with the plugin's tables exactly as its versions create them. */
export class MoodleDatabase {
  private constructor(
    readonly name: string,
    readonly connection: Connection,
    readonly prefix: string,
    readonly module: MoodleModule,
  ) {}

  /** Creates a database without tables of the plugin. */
  static async create(module: MoodleModule = 'writeassistdev', prefix = 'mdl_'): Promise<MoodleDatabase> {
    const name = `moodle_test_${randomBytes(6).toString('hex')}`;
    await onServer(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    const connection = await mysql2.createConnection({ uri: databaseUrl(name), charset: 'utf8mb4', timezone: 'Z' });
    await connection.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00'");
    return new MoodleDatabase(name, connection, prefix, module);
  }

  get url(): string {
    return databaseUrl(this.name);
  }

  /** The table with its prefix. */
  table(name: string): string {
    return this.prefix + name;
  }

  async createChat(timestamp: 'bigint' | 'timestamp' = 'bigint', module = this.module): Promise<void> {
    const column = timestamp === 'bigint' ? 'bigint(10) NOT NULL' : 'timestamp NOT NULL DEFAULT current_timestamp()';
    await this.connection.query(`CREATE TABLE ${this.table(`${module}_chat`)} (
      id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, ${module}id bigint(10) NOT NULL, userid bigint(10) NOT NULL,
      chat_session_id varchar(50) NOT NULL DEFAULT '', role varchar(20) NOT NULL DEFAULT '', content longtext NOT NULL,
      \`timestamp\` ${column}, created_at bigint(10) NOT NULL,
      KEY ${this.prefix}writchat_usewri_ix (userid, ${module}id), KEY ${this.prefix}writchat_cha_ix (chat_session_id),
      KEY ${this.prefix}writchat_tim_ix (\`timestamp\`), KEY ${this.prefix}writchat_rol_ix (role),
      KEY ${this.prefix}writchat_use_ix (userid), KEY ${this.prefix}writchat_wri_ix (${module}id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPRESSED`);
  }

  async createSessions(module = this.module): Promise<void> {
    await this.connection.query(`CREATE TABLE ${this.table(`${module}_chat_sessions`)} (
      id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, ${module}id bigint(10) NOT NULL, userid bigint(10) NOT NULL,
      session_id varchar(50) NOT NULL DEFAULT '', title varchar(255) DEFAULT 'New Chat',
      is_active tinyint(1) NOT NULL DEFAULT 0, created_at bigint(10) NOT NULL, modified_at bigint(10) NOT NULL,
      UNIQUE KEY ${this.prefix}writchatsess_wriuseses_uix (${module}id, userid, session_id),
      KEY ${this.prefix}writchatsess_usewri_ix (userid, ${module}id), KEY ${this.prefix}writchatsess_ses_ix (session_id),
      KEY ${this.prefix}writchatsess_isa_ix (is_active), KEY ${this.prefix}writchatsess_use_ix (userid),
      KEY ${this.prefix}writchatsess_wri_ix (${module}id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPRESSED`);
  }

  async createWork(module = this.module): Promise<void> {
    await this.connection.query(`CREATE TABLE ${this.table(`${module}_work`)} (
      id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, ${module}id bigint(10) NOT NULL, userid bigint(10) NOT NULL,
      content longtext, timecreated bigint(10) NOT NULL, timemodified bigint(10) NOT NULL,
      UNIQUE KEY ${this.prefix}writwork_wriuse_uix (${module}id, userid)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPRESSED`);
  }

  /** Creates the tables of Moodle itself that the import reads, with activities of the plugin: id -> course module, name. */
  async createCore(activities: Record<number, [cmid: number, name: string]> = {}): Promise<void> {
    const statements = [
      `CREATE TABLE ${this.table('config')} (id bigint(10) AUTO_INCREMENT PRIMARY KEY, name varchar(255), value longtext)`,
      `INSERT INTO ${this.table('config')} (name, value) VALUES ('siteidentifier', '${this.name}moodle.example.org')`,
      `CREATE TABLE ${this.table('modules')} (id bigint(10) PRIMARY KEY, name varchar(20))`,
      `INSERT INTO ${this.table('modules')} VALUES (1, 'forum'), (2, '${this.module}')`,
      `CREATE TABLE ${this.table('course_modules')} (id bigint(10) PRIMARY KEY, module bigint(10), instance bigint(10))`,
      `CREATE TABLE ${this.table(this.module)} (id bigint(10) PRIMARY KEY, course bigint(10), name varchar(255))`,
    ];
    for (const statement of statements) await this.connection.query(statement);
    for (const [id, [cmid, name]] of Object.entries(activities)) {
      await this.connection.query(`INSERT INTO ${this.table(this.module)} VALUES (?, 1, ?)`, [id, name]);
      await this.connection.query(`INSERT INTO ${this.table('course_modules')} VALUES (?, 2, ?), (?, 1, ?)`, [
        cmid,
        id,
        cmid + 1000,
        id,
      ]);
    }
  }

  async addMessages(messages: MoodleMessage[], module = this.module): Promise<void> {
    for (let start = 0; start < messages.length; start += 1000) {
      const rows = messages
        .slice(start, start + 1000)
        .map(({ id = null, activityId = 1, userId = 2, session = 'chat-1', role = 'user', content, ...times }) => {
          const { createdAt = autumn } = times;
          return [id, activityId, userId, session, role, content, times.timestamp ?? createdAt, createdAt];
        });
      await this.connection.query(
        `INSERT INTO ${this.table(`${module}_chat`)} (id, ${module}id, userid, chat_session_id, role, content,
           \`timestamp\`, created_at) VALUES ?`,
        [rows],
      );
    }
  }

  async addSessions(sessions: MoodleSession[], module = this.module): Promise<void> {
    const rows = sessions.map(({ id = null, activityId = 1, userId = 2, session, active = false, ...rest }) => {
      const { title = 'New Chat', createdAt = autumn, modifiedAt = createdAt } = rest;
      return [id, activityId, userId, session, title, active ? 1 : 0, createdAt, modifiedAt];
    });
    await this.connection.query(
      `INSERT INTO ${this.table(`${module}_chat_sessions`)} (id, ${module}id, userid, session_id, title, is_active,
         created_at, modified_at) VALUES ?`,
      [rows],
    );
  }

  /** Adds a user's project; `content` is stored unchanged if it is a string, otherwise as JSON. */
  async addWork(content: unknown, { id = null as number | null, activityId = 1, userId = 2 } = {}): Promise<void> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await this.connection.query(`REPLACE INTO ${this.table(`${this.module}_work`)} VALUES (?, ?, ?, ?, ?, ?)`, [
      ...[id, activityId, userId, text, autumn, autumn + 600],
    ]);
  }

  /** A checksum of all rows of all tables. */
  async checksum(): Promise<unknown> {
    const [tables] = await this.connection.query<never[]>('SHOW TABLES');
    const names = (tables as object[]).map((row) => String(Object.values(row)[0]));
    const [sums] = await this.connection.query(`CHECKSUM TABLE ${names.join(', ')} EXTENDED`);
    return sums;
  }

  async drop(): Promise<void> {
    await this.connection.end();
    await onServer(`DROP DATABASE ${this.name}`);
  }
}
