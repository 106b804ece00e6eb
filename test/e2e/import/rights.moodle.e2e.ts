import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TestImport } from '../../support/database/imports.js';
import { onServer } from '../../support/database/test-database.js';
import { MoodleDatabase } from '../../support/moodle/moodle-database.js';

const page = readFileSync('docs/migration.md', 'utf8');

describe('a user of the source with few rights', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;
  let reader: TestImport;
  let user: string;
  let readerUrl: string;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    user = `reader_${randomBytes(6).toString('hex')}`;
    const url = new URL(moodle.url);
    url.username = user;
    url.password = 'a-password';
    importing = await TestImport.into(moodle);
    readerUrl = url.href;
    reader = TestImport.of(importing.database, moodle, readerUrl);
    await moodle.createCore({ 1: [11, 'Rivers'] });
    await moodle.connection.query('CREATE TABLE mdl_user (id BIGINT, deleted INT, suspended INT, password TEXT)');
    await moodle.connection.query("INSERT INTO mdl_user VALUES (2, 1, 0, 'secret')");
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.createWork();
    await moodle.addMessages([{ content: 'hello' }]);
  });
  afterEach(async () => {
    await onServer(`DROP USER IF EXISTS '${user}'@'%'`);
    await importing.drop();
    await moodle.drop();
  });

  async function execute(statements: string): Promise<void> {
    for (const statement of statements
      .replace(/^--.*$/gm, '')
      .split(';')
      .filter((text) => text.trim() !== '')) {
      await onServer(statement.replaceAll('moodle.', `${moodle.name}.`).replaceAll("'readonly'", `'${user}'`));
    }
  }

  /** The statements of the page that create the user: 0 with all rights, 1 with those that the import needs. */
  async function createUser(example: 0 | 1): Promise<void> {
    const examples = [...page.matchAll(/^```sql\n(CREATE USER [\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    expect(examples).toHaveLength(2);
    await execute(examples[example] ?? '');
  }

  const refusal = async (): Promise<unknown> => reader.run().catch((error: unknown) => error);

  it.each([0, 1] as const)('can import with the rights of the documentation (%i)', async (example) => {
    await createUser(example);
    const report = await reader.bring();
    expect(report.found).toHaveLength(3);
    expect(report.inactiveUsers?.deleted).toEqual({ count: 1, ids: [2] });
    expect(await importing.rows('SELECT cmid, name FROM writeassistdev')).toEqual([{ cmid: 11, name: 'Rivers' }]);
    // The same site as for a user who may read everything.
    expect((await importing.run()).source).toBe(report.source);
  });

  it('is told which table cannot be read, and why', async () => {
    await createUser(0);
    const { connection } = moodle;
    const unreadable = (table: string, end: string) => ({
      lines: [`the table mdl_${table} of the source cannot be read (${end}`],
      exitCode: 78,
    });
    await connection.query('RENAME TABLE mdl_writeassistdev_work TO plain');
    await connection.query('CREATE VIEW mdl_writeassistdev_work AS SELECT * FROM plain');
    expect((await reader.run('--dry-run')).found).toContain('writeassistdev_work');
    await connection.query('RENAME TABLE plain TO renamed');
    const view = 'it is a view of tables, columns or functions that are missing, or that its definer may not use';
    expect(await refusal()).toMatchObject(unreadable('writeassistdev_work', `ER_VIEW_INVALID, 1356): ${view}`));
    await connection.query(
      "CREATE OR REPLACE DEFINER = 'gone'@'%' VIEW mdl_writeassistdev_work AS SELECT * FROM renamed",
    );
    const definer = 'it is a view whose definer does not exist';
    const unknown = unreadable('writeassistdev_work', `ER_ACCESS_DENIED_ERROR, 1045): ${definer}`);
    expect(await refusal()).toMatchObject(unknown);
    const asRoot = await importing.run().catch((error: unknown) => error);
    expect(asRoot).toMatchObject(unreadable('writeassistdev_work', `ER_NO_SUCH_USER, 1449): ${definer}`));
    await connection.query('DROP VIEW mdl_writeassistdev_work');
    await connection.query('RENAME TABLE renamed TO mdl_writeassistdev_work');

    await execute("DROP USER 'readonly'@'%'");
    await createUser(1);
    const grant = (table: string) =>
      `ER_TABLEACCESS_DENIED_ERROR, 1142): GRANT SELECT ON ${moodle.name}.mdl_${table} to the user "${user}"`;
    const chat = 'ON moodle.mdl_writeassistdev_chat';
    await execute(`REVOKE SELECT ${chat} FROM 'readonly'@'%'; GRANT INSERT ${chat} TO 'readonly'@'%'`);
    expect(await refusal()).toMatchObject(unreadable('writeassistdev_chat', grant('writeassistdev_chat')));
    await execute(`GRANT SELECT (id, userid, writeassistdevid, role, content) ${chat} TO 'readonly'@'%'`);
    expect(await refusal()).toMatchObject({ exitCode: 78 });
  });

  it('without a right to read the identity of the site is told so', async () => {
    await createUser(1);
    await reader.run();
    await execute("REVOKE SELECT (name, value) ON moodle.mdl_config FROM 'readonly'@'%'");
    const right = `GRANT SELECT ON ${moodle.name}.mdl_config`;
    expect(await refusal()).toMatchObject({ lines: [expect.stringContaining(right)], exitCode: 78 });
    const later = await TestImport.into(moodle);
    try {
      await TestImport.of(later.database, moodle, readerUrl).run();
      await expect(later.run()).rejects.toThrow('when its siteidentifier could not be read: withdraw the right');
    } finally {
      await later.drop();
    }
    await execute("GRANT INSERT ON moodle.mdl_config TO 'readonly'@'%'");
    const line = 'the table mdl_config of the source cannot be read (ER_TABLEACCESS_DENIED_ERROR, 1142)';
    expect(await refusal()).toMatchObject({ lines: [`${line}: ${right} to the user "${user}"`], exitCode: 78 });
  });
});
