import { setImmediate as nextTurn } from 'node:timers/promises';
import { createProgress } from '../common/progress.js';
import type { StoreTable } from '../database/store-tables.js';
import { changedMeanwhile, rejectedRow } from './copy-errors.js';
import type { CopySource } from './source/open-source.js';
import { assertUnchanged, type TableCopy } from './table-copy.js';
import { TableDigest, isSame, type Row } from './table-digest.js';
import type { CopyMark } from './target/marks.repository.js';
import { otherChats, type CopyTarget } from './target/open-target.js';

/** Copies all tables, or those rows that an earlier run has not copied, and compares both sides. */
export class Copier {
  constructor(
    private readonly source: CopySource,
    private readonly target: CopyTarget,
  ) {}

  /**
   * @returns the tables as they are at the end; a copy that was verified before is only compared again
   * @throws StartupError before the first row is copied, when the target cannot store one as it is, or the source or the
   *   target has changed since an interrupted copy; and later, when the copy is interrupted
   */
  async run(): Promise<TableCopy[]> {
    const { marks, repository, database } = this.target;
    const isNew = await repository.isEmpty(this.source.tables);
    const recorded = isNew ? new Map<string, CopyMark>() : await marks.read();
    if (!isNew && recorded.size === 0) throw otherChats('written just now');
    const isVerified = !isNew && [...recorded.values()].every(({ verifiedAt }) => verifiedAt !== null);
    if (!isVerified) await this.assertMayContinueIds();
    const tables = await this.readSource(recorded);
    if (!isNew) {
      await this.readTarget(tables);
      if (isVerified) return tables;
      assertUnchanged(tables);
    } else {
      const digests = new Map(tables.map(({ table, source }) => [table.name, source]));
      await database.transactions.run(() => marks.begin(digests));
    }
    await this.copyRows(tables);
    await this.continueIds(tables);
    await this.readTarget(tables);
    if (tables.every(({ source, target }) => isSame(source, target))) await marks.setVerified(Date.now());
    return tables;
  }

  private readSource(recorded: Map<string, CopyMark>): Promise<TableCopy[]> {
    return this.withProgress('Reading', 0, async (count) => {
      const tables: TableCopy[] = [];
      for (const table of this.source.tables) {
        const mark = recorded.get(table.name);
        const lastId = table.hasGeneratedId ? this.source.repository.lastId(table) : 0;
        const check = this.target.repository.rowCheck(table);
        const digest = new TableDigest();
        let alreadyThere = digest.current();
        for (const batch of this.source.repository.batches(table)) {
          for (const row of batch) {
            check.assertStorable(row);
            digest.add(row);
            if (digest.rows === mark?.copied) alreadyThere = digest.current();
          }
          count(batch.length);
          await nextTurn();
        }
        tables.push({ table, mark, source: digest.current(), lastId, alreadyThere, target: alreadyThere });
      }
      return tables;
    });
  }

  private readTarget(tables: TableCopy[]): Promise<void> {
    return this.withProgress('Comparing', 0, async (count) => {
      for (const copy of tables) {
        const digest = new TableDigest();
        for await (const row of this.target.repository.rows(copy.table)) {
          digest.add(row);
          count(1);
        }
        copy.target = digest.current();
      }
    });
  }

  private copyRows(tables: TableCopy[]): Promise<void> {
    const before = tables.reduce((sum, { alreadyThere }) => sum + alreadyThere.rows, 0);
    return this.withProgress('Copying', before, async (count) => {
      for (const { table, alreadyThere } of tables) {
        let copied = alreadyThere.rows;
        for (const batch of this.source.repository.batches(table, copied)) {
          await this.write(table, batch, copied);
          copied += batch.length;
          count(batch.length);
        }
      }
    });
  }

  private async assertMayContinueIds(): Promise<void> {
    for (const table of this.source.tables.filter(({ hasGeneratedId }) => hasGeneratedId)) {
      await this.target.repository.assertMayContinueIds(table);
    }
  }

  /** The id of a deleted row must not be given to another one: the ledger of imports refers to it. */
  private async continueIds(tables: TableCopy[]): Promise<void> {
    for (const { table, lastId } of tables) {
      if (lastId > 0) await this.target.repository.continueIds(table, lastId);
    }
  }

  private async write(table: StoreTable, batch: Row[], copied: number): Promise<void> {
    const { database, marks, repository } = this.target;
    try {
      await database.transactions.run(async () => {
        if (!(await marks.advance(table.name, copied, copied + batch.length))) throw changedMeanwhile();
        await repository.insert(table, batch);
      });
    } catch (error) {
      throw rejectedRow(error, table, batch) ?? error;
    }
  }

  private async withProgress<Result>(
    what: string,
    before: number,
    work: (count: (rows: number) => void) => Promise<Result>,
  ): Promise<Result> {
    const progress = createProgress(process.stderr, what, this.source.rows);
    let done = before;
    try {
      return await work((rows) => {
        progress.at((done += rows));
      });
    } finally {
      progress.end();
    }
  }
}
