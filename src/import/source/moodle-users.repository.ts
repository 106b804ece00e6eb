import { queryOptional, quoteIdentifier, type SourceDatabase } from './source-database.js';

/** Users of a kind: how many, and the first of them. */
export interface UserGroup {
  count: number;
  /** Ascending, at most `maxListedUsers`. */
  ids: number[];
}

/** Users whose chats are imported, although they cannot log in to Moodle. */
export interface InactiveUsers {
  deleted: UserGroup;
  suspended: UserGroup;
  /** They have no row. */
  missing: UserGroup;
}

const maxListedUsers = 100;
const usersPerQuery = 1000;

interface UserRow {
  id: number;
  deleted: number | null;
  suspended: number | null;
}

/** Reads Moodle's table of users. */
export class MoodleUsersRepository {
  readonly #table: string;

  constructor(
    private readonly database: SourceDatabase,
    prefix: string,
  ) {
    this.#table = quoteIdentifier(`${prefix}user`);
  }

  /** @returns null when the table is missing or not readable */
  async findInactive(userIds: Iterable<number>): Promise<InactiveUsers | null> {
    const sorted = [...userIds].sort((a, b) => a - b);
    const inactive = { deleted: newGroup(), suspended: newGroup(), missing: newGroup() };
    for (let start = 0; start < sorted.length; start += usersPerQuery) {
      const ids = sorted.slice(start, start + usersPerQuery);
      const rows = await this.rows(ids);
      if (!rows) return null;
      const users = new Map(rows.map((row) => [row.id, row]));
      for (const id of ids) {
        const user = users.get(id);
        if (!user) add(inactive.missing, id);
        else if (user.deleted === 1) add(inactive.deleted, id);
        else if (user.suspended === 1) add(inactive.suspended, id);
      }
    }
    return inactive;
  }

  private rows(ids: number[]): Promise<UserRow[] | undefined> {
    const columns = 'id, deleted <> 0 AS deleted, suspended <> 0 AS suspended';
    return queryOptional(this.database, `SELECT ${columns} FROM ${this.#table} WHERE id IN (?)`, [ids]);
  }
}

function newGroup(): UserGroup {
  return { count: 0, ids: [] };
}

function add(group: UserGroup, id: number): void {
  group.count++;
  if (group.ids.length < maxListedUsers) group.ids.push(id);
}
