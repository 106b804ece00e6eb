import type { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { readImportOptions } from '../../../src/import/import-options.js';
import { runImport } from '../../../src/import/run-import.js';
import { JsonOutput } from '../../../src/import/report/output.js';
import type { Remark } from '../../../src/import/report/report.js';
import type { Summary } from '../../../src/import/report/summary.js';
import { serve, type Clients } from '../http/serve.js';
import { connect } from './access.js';
import { createDatabase, type TestDatabase } from './test-database.js';
import type { MoodleDatabase } from '../moodle/moodle-database.js';

export type ImportReport = Summary & { rows: Remark[]; isClean: boolean };

/** Sessions whose counters differ from their messages, or that do not show the last one as read. */
const wronglyCounted = `
  SELECT s.session_id, s.message_count, s.content_bytes, COUNT(m.id) AS messages, SUM(OCTET_LENGTH(m.content)) AS bytes,
    s.preview_sequence, s.summary_sequence, s.last_sequence, s.last_read_sequence, s.unread_count
  FROM writeassistdev_chat_sessions s LEFT JOIN writeassistdev_chat m
    ON m.writeassistdevid = s.writeassistdevid AND m.userid = s.userid AND m.chat_session_id = s.session_id
  GROUP BY s.id HAVING messages <> s.message_count OR COALESCE(bytes, 0) <> s.content_bytes
    OR COALESCE(MAX(m.sequence), 0) <> COALESCE(s.preview_sequence, 0) OR s.summary_sequence <> s.last_sequence
    OR s.last_read_sequence <> s.last_sequence OR s.unread_count <> 0`;

/** A database of this run's engine that chats are moved into, by the code of the command. */
export class TestImport {
  private constructor(
    readonly database: TestDatabase,
    private readonly moodle: MoodleDatabase,
    private readonly from: string = moodle.url,
  ) {}

  /** Of the runs so far: what they said about lost connections. */
  readonly lost: string[] = [];

  static async into(moodle: MoodleDatabase): Promise<TestImport> {
    return new TestImport(await createDatabase(), moodle);
  }

  /** @param from the URL of the source, when it is not read directly */
  static of(database: TestDatabase, moodle: MoodleDatabase, from?: string): TestImport {
    return new TestImport(database, moodle, from);
  }

  async run(...options: string[]): Promise<ImportReport> {
    let text = '';
    const output = new JsonOutput((part) => {
      text += part;
    });
    const given = ['--from', this.from, '--prefix', this.moodle.prefix, ...options];
    const { database } = readConfig(this.database.environment);
    const policy = { pausesMs: [10, 20, 40], onLost: (line: string) => void this.lost.push(line) };
    const isClean = await runImport(readImportOptions(given, undefined), database, output, policy);
    return { ...(JSON.parse(text) as Omit<ImportReport, 'isClean'>), isClean };
  }

  /** Imports, and checks that the counts add up, that again nothing is new, and that all is the same. */
  async bring(): Promise<ImportReport> {
    const report = await this.run();
    expect(report).toMatchObject({ isClean: true, failure: null, imbalances: [] });
    const again = await this.run();
    expect(again).toMatchObject({ isClean: true, imbalances: [] });
    for (const [table, { read, imported, alreadyThere, skipped }] of Object.entries(report.tables)) {
      expect([table, imported + alreadyThere + skipped]).toEqual([table, read]);
      const found = { read, imported: 0, alreadyThere: read - skipped, skipped };
      expect([table, again.tables[table]]).toEqual([table, found]);
    }
    expect(await this.run('--verify')).toMatchObject({ isClean: true, rows: [] });
    expect(await this.rows(wronglyCounted)).toEqual([]);
    return report;
  }

  /** What is stored, with no server. */
  async look<Result>(look: (dataSource: DataSource) => Promise<Result>): Promise<Result> {
    const dataSource = await connect(this.database);
    try {
      return await look(dataSource);
    } finally {
      await dataSource.destroy();
    }
  }

  rows<Row>(sql: string): Promise<Row[]> {
    return this.look((dataSource) => dataSource.query<Row[]>(sql));
  }

  /** A server on it, for as long as the work takes. */
  serve<Result>(work: (clients: Clients) => Promise<Result>): Promise<Result> {
    return serve(this.database, work);
  }

  async drop(): Promise<void> {
    await this.database.drop();
  }
}
