import { migrate, pendingMigrations, revert } from '../../../src/database/migrations/migrator.js';
import { withDataSource } from '../../support/database/access.js';
import { Copying, everyRow, fill, owner, refusal } from '../../support/database/copies.js';
import { migrationNames } from '../../support/database/migrations.js';
import { onServer } from '../../support/database/test-database.js';
import { serve } from '../../support/http/serve.js';

let copying: Copying;
beforeEach(async () => {
  copying = await Copying.create();
});
afterEach(() => copying.drop());

describe('the target', () => {
  beforeEach(() => fill(copying.source));

  it('with chats of its own is refused, and not even migrated', async () => {
    await serve(copying.target, async ({ client }) => (await client(owner)).newSession());
    await withDataSource(copying.target, (dataSource) => revert(dataSource));
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^the target already has chats \(user\), which this command has not copied: --to must name an empty/),
    );
    expect(await withDataSource(copying.target, (dataSource) => pendingMigrations(dataSource))).toEqual(
      migrationNames.slice(-1),
    );
  });

  it('that a server has only started on is taken', async () => {
    await serve(copying.target, () => Promise.resolve());
    expect((await copying.run()).isSame).toBe(true);
  });

  it('with tables of another program is refused as at a start, unless DATABASE_SHARED says so', async () => {
    await withDataSource(copying.target, (dataSource) =>
      dataSource.query('CREATE TABLE mdl_user (id INT PRIMARY KEY)'),
    );
    await expect(copying.run()).rejects.toMatchObject(refusal(/mdl_user.*DATABASE_SHARED=true/));
    expect((await copying.run(undefined, { DATABASE_SHARED: 'true' })).isSame).toBe(true);
  });

  it('whose column was made shorter ends the copy with the rows in question', async () => {
    await withDataSource(copying.target, async (dataSource) => {
      await migrate(dataSource);
      await dataSource.query('ALTER TABLE writeassistdev_chat MODIFY client_message_id VARCHAR(5) CHARACTER SET ascii');
    });
    await expect(copying.run()).rejects.toMatchObject(
      refusal(/^the target cannot store one of the rows from writeassistdev_chat \(id 1\) to .* \(ER_DATA_TOO_LONG\)$/),
    );
  });

  it('is not migrated with MIGRATE_AT_START=false', async () => {
    await expect(copying.run(undefined, { MIGRATE_AT_START: 'false' })).rejects.toMatchObject(
      refusal(/^outstanding migrations: .*; run npm run migration:run$/),
    );
    await copying.expectUntouchedTarget();
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'hunter2!'), 78, /refuses the user|does not let/],
    ['no server', (url: URL) => (url.port = '9'), 1, /127\.0\.0\.1:9 cannot be used now \(ECONNREFUSED\)$/],
    [
      'no such database',
      (url: URL) => (url.pathname = '/nowhere'),
      78,
      /has no database "nowhere": create it, or check --to$/,
    ],
  ])('with %s ends in one line without the password', async (_, spoil, exitCode, line) => {
    const url = new URL(copying.target.environment.DATABASE_URL ?? '');
    spoil(url);
    const error = await copying.run(undefined, { DATABASE_URL: url.href }).catch((found: unknown) => found);
    expect(error).toMatchObject({ exitCode, message: expect.stringMatching(line) as string });
    expect(String(error)).not.toMatch(/hunter2|DATABASE_URL/);
  });

  it.each([
    ['a table that is gone at the start', 'INSERT INTO nowhere VALUES (1)', 'ER_NO_SUCH_TABLE, error 1146'],
    [
      'a trigger that refuses a row',
      "IF NEW.content = 'null' THEN SIGNAL SQLSTATE '45000'; END IF",
      'ER_SIGNAL_EXCEPTION, error 1644',
    ],
  ])('with %s ends in one sentence with the error of the server', async (_, action, error) => {
    await withDataSource(copying.target, async (dataSource) => {
      await migrate(dataSource);
      await dataSource.query(`CREATE TRIGGER t BEFORE INSERT ON writeassistdev_chat FOR EACH ROW ${action}`);
    });
    await expect(copying.run()).rejects.toMatchObject({
      exitCode: 1,
      lines: [
        expect.stringMatching(
          new RegExp(
            `^the database server at [\\d.:]+ did not execute a statement of the copy \\(${error}\\): look up`,
          ),
        ),
      ],
    });
  });

  describe('with a user of few rights', () => {
    const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER'];
    const user = `copy_${process.pid}`;
    afterEach(() => onServer(`DROP USER ${user}`));

    async function runAs(granted: string[], more: Record<string, string> = {}) {
      const url = new URL(copying.target.environment.DATABASE_URL ?? '');
      await onServer(`CREATE USER ${user} IDENTIFIED BY 'pw'`);
      await onServer(`GRANT ${granted.join(', ')} ON ${url.pathname.slice(1)}.* TO ${user}`);
      Object.assign(url, { username: user, password: 'pw' });
      return copying.run(undefined, { DATABASE_URL: url.href, ...more });
    }

    it('copies with those that the page names', async () => {
      await withDataSource(copying.target, (dataSource) => migrate(dataSource));
      expect((await runAs(rights, { MIGRATE_AT_START: 'false' })).isSame).toBe(true);
    });

    it.each(['INSERT', 'CREATE', 'ALTER'])('is told before rows are copied that %s is missing', async (missing) => {
      await withDataSource(copying.target, (dataSource) => migrate(dataSource));
      const granted = rights.filter((right) => right !== missing);
      const shown = missing === 'CREATE' ? 'create tables' : missing;
      await expect(runAs(granted, { MIGRATE_AT_START: 'false' })).rejects.toMatchObject(
        refusal(new RegExp(`does not let the user "copy_\\d+" ${shown}: for the copy GRANT .* REFERENCES too$`)),
      );
      expect(Object.values(await everyRow(copying.target)).flat()).toEqual([]);
    });

    it('is told so too when migrations are missing', async () => {
      await expect(runAs(rights.slice(0, 4))).rejects.toMatchObject(
        refusal(/does not let the user "copy_\d+" create tables: for the copy GRANT .* REFERENCES too$/),
      );
      await copying.expectUntouchedTarget();
    });
  });
});
