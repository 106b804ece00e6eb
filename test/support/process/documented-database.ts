import { randomBytes } from 'node:crypto';
import { databaseUrl, onServer } from '../database/test-database.js';
import type { MoodleStandIn } from '../moodle/moodle-site.js';
import { recipe } from './docs-snippets.js';
import { mainProgram } from './program.js';

/** The URL of this service's database in docs/moodle.md. */
export const chatsUrl = 'mysql://chats:a-password@127.0.0.1:3306/chats';
/** Replaces `node dist/src/main.js`: the shell becomes the server. */
export const startOfServer = `exec ${mainProgram.map((part) => `'${part}'`).join(' ')}`;

/** The database and the users that the SQL of docs/moodle.md creates, under names of their own. */
export class DocumentedDatabase {
  private constructor(
    private readonly name: string,
    /** DATABASE_URL. */
    readonly chats: string,
    /** MOODLE_DATABASE_URL. */
    readonly moodle: string,
  ) {}

  /** @param moodle by default the second user is not created */
  static async create(moodle?: MoodleStandIn): Promise<DocumentedDatabase> {
    const name = `chats_${randomBytes(6).toString('hex')}`;
    const moodleName = new URL(moodle?.environment.MOODLE_DATABASE_URL ?? 'mysql://none/none').pathname.slice(1);
    const host = { "@'127.0.0.1'": "@'%'" };
    const own = recipe('sql', 'CREATE DATABASE chats', '', {
      ...host,
      "'chats'": `'${name}'`,
      'DATABASE chats ': `DATABASE ${name} `,
      'chats.*': `${name}.*`,
    });
    const reading = recipe('sql', "CREATE USER 'chatstore'", '', {
      ...host,
      "'chatstore'": `'${name}_reader'`,
      'moodle.mdl_': `${moodleName}.mdl_`,
    });
    const statements = moodle ? `${own}${reading}` : own;
    for (const statement of statements.split(';')) if (statement.trim() !== '') await onServer(statement);
    return new DocumentedDatabase(name, urlFor(name, name), urlFor(`${name}_reader`, moodleName));
  }

  async drop(): Promise<void> {
    await onServer(`DROP DATABASE ${this.name}`);
    for (const user of [this.name, `${this.name}_reader`]) await onServer(`DROP USER IF EXISTS '${user}'@'%'`);
  }
}

/** The URL of a database on the server of the tests for a user with the password of the page. */
function urlFor(user: string, database: string): string {
  const url = new URL(databaseUrl(database));
  url.username = user;
  url.password = 'a-password';
  return url.href;
}
