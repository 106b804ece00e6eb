import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteFileName } from '../../../src/config/read-database.js';
import { readConfig } from '../../../src/config/read-config.js';
import { runCopy } from '../../../src/copy/run-copy.js';
import { foldTitle } from '../../../src/common/fold.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { storeTables, type StoreTable } from '../../../src/database/store-tables.js';
import { Activity } from '../../../src/owners/activity.entity.js';
import { User } from '../../../src/owners/user.entity.js';
import { ChatImport } from '../../../src/import/ledger/chat-import.entity.js';
import { ImportDifference } from '../../../src/import/ledger/import-difference.entity.js';
import { ChatMessage } from '../../../src/messages/chat-message.entity.js';
import { MessageChunk } from '../../../src/messages/message-chunk.entity.js';
import { MessageStream } from '../../../src/messages/message-stream.entity.js';
import { ChatOwner } from '../../../src/owners/chat-owner.entity.js';
import { ChatSession } from '../../../src/sessions/chat-session.entity.js';
import { metadataText } from '../../../src/sessions/session-metadata.js';
import { Deletion } from '../../../src/trash/deletion.entity.js';
import { DeletedSession } from '../../../src/sessions/deleted-session.entity.js';
import type { DataSource } from 'typeorm';
import { delicateTexts, randomText } from '../rest/tricky-texts.js';
import { withDataSource } from './access.js';
import { tableNames } from './schema.js';
import { createDatabase, type TestDatabase } from './test-database.js';

/** Who has the chats with delicate texts. */
export const owner = { userId: 2, activityId: 1 };
export const session = 'chat-1';
/** A time of a message. */
export const autumn = 1_790_000_000_123;
/** Never given to a message that is still there. */
export const lastMessageId = 5_000_000;

/** The copy of a store on SQLite to one on MariaDB, by the code of the command. */
export class Copying {
  private constructor(
    readonly source: TestDatabase,
    readonly target: TestDatabase,
  ) {}

  static async create(): Promise<Copying> {
    const source = await createDatabase('sqlite');
    return new Copying(source, await createDatabase('mariadb'));
  }

  get sourceFolder(): string {
    return this.source.environment.DATA_DIR ?? '';
  }

  /** @returns whether both sides were the same, and the report */
  async run(from = this.sourceFolder, more: Record<string, string> = {}): Promise<{ isSame: boolean; text: string }> {
    const { database } = readConfig({ ...this.target.environment, ...more });
    if (database.engine !== 'mysql') throw new Error('the target is not MariaDB');
    let text = '';
    const isSame = await runCopy(from, database, (part) => (text += part), '--to');
    return { isSame, text };
  }

  async expectUntouchedTarget(): Promise<void> {
    expect(await withDataSource(this.target, (dataSource) => tableNames(dataSource))).toEqual([]);
  }

  async drop(): Promise<void> {
    await this.source.drop();
    await this.target.drop();
  }
}

/** Matches the error of a refused copy. @param line a part of its sentence */
export function refusal(line: string | RegExp) {
  const message: unknown = typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line);
  return { exitCode: 78, message };
}

/** All rows of all tables as texts, in the order of their keys. */
export function everyRow(database: TestDatabase): Promise<Record<string, (string | null)[][]>> {
  return withDataSource(database, async (dataSource) => {
    const found: Record<string, (string | null)[][]> = {};
    for (const { name, key, columns } of storeTables(dataSource)) {
      const sql = `SELECT * FROM ${name} ORDER BY ${key.join(', ')}`;
      const rows = await dataSource.query<Record<string, string | number | Uint8Array | null>[]>(sql);
      found[name] = rows.map((row) => columns.map((column) => asText(row[column] ?? null)));
    }
    return found;
  });
}

function asText(value: string | number | Uint8Array | null): string | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return value === null ? null : String(value);
}

/** Columns without a value in any row, and those that may be NULL and never are: a copy of them would show nothing. */
export function unusedColumns(dataSource: DataSource, rows: Record<string, (string | null)[][]>): string[] {
  return storeTables(dataSource).flatMap((table) => {
    const nullable = dataSource.getMetadata(table.name).columns.filter(({ isNullable }) => isNullable);
    const used = (values: (string | null)[], { databaseName }: { databaseName: string }) =>
      values.some((value) => value !== null) &&
      (!nullable.some((column) => column.databaseName === databaseName) || values.includes(null));
    return valuesByColumn(table, rows)
      .filter(([column, values]) => !used(values, { databaseName: column }))
      .map(([column]) => `${table.name}.${column}`);
  });
}

function valuesByColumn({ name, columns }: StoreTable, rows: Record<string, (string | null)[][]>) {
  return columns.map((column, index): [string, (string | null)[]] => {
    return [column, (rows[name] ?? []).map((row) => row[index] ?? null)];
  });
}

const organised = { titleSource: 'generated', pinned: 1, archived: 1, version: 4_294_967_295, deletedAt: autumn };
const unread = { lastReadSequence: 9_007_199_254_740_990, unreadCount: 4_294_967_295, summarySequence: 7 };
const filled = new Map<number, Promise<string>>();

/**
 * Fills every column of every table of a new store, with every delicate text, numbers at their limits, gaps of ids and
 * of sequences, and `more` plain messages.
 */
export async function fill({ environment: { DATA_DIR = '' } }: TestDatabase, more = 0): Promise<void> {
  const file = filled.get(more) ?? filledFile(more);
  filled.set(more, file);
  copyFileSync(await file, join(DATA_DIR, sqliteFileName));
}

/** Made once: the folder of the run is removed at its end. */
async function filledFile(more: number): Promise<string> {
  const database = await createDatabase('sqlite');
  await fillNew(database, more);
  return join(database.environment.DATA_DIR ?? '', sqliteFileName);
}

function fillNew(database: TestDatabase, more: number): Promise<void> {
  return withDataSource(database, async (dataSource) => {
    await migrate(dataSource);
    const { manager } = dataSource;
    const other = { userId: 4_294_967_295, activityId: 4_294_967_295 };
    const times = { lastActivityAt: autumn, createdAt: autumn, modifiedAt: autumn + 1 };
    await manager.insert(User, [{ id: 2 }, { id: 3 }, { id: other.userId }]);
    await manager.insert(Activity, [
      { id: 1, cmid: 12, name: 'Größe 漢字 👨‍👩‍👧' },
      { id: other.activityId, cmid: null, name: null },
    ]);
    await manager.insert(ChatOwner, [
      { ...owner, activeSessionId: session },
      { userId: 3, activityId: 1, activeSessionId: null },
      { ...other, activeSessionId: 'deleted' },
    ]);
    const titles = delicateTexts.map(([, title], index) => ({
      ...owner,
      sessionId: `title-${index}`,
      title,
      titleFolded: foldTitle(title),
      metadata: metadataText({ [`name ${index}`]: title, other: '' }),
      ...{ previewText: title, previewRole: 'assistant', previewAt: autumn, previewSequence: index },
      ...times,
    }));
    await manager.insert(ChatSession, [
      { ...owner, sessionId: session, lastSequence: 500, messageCount: delicateTexts.length, ...times },
      {
        ...{ ...other, sessionId: session, lastSequence: 9_007_199_254_740_991, clearedSequence: 7 },
        ...{ ...times, ...organised, ...unread },
      },
      ...titles,
    ]);
    await manager.insert(DeletedSession, [
      { ...owner, sessionId: 'mychat-7', deletedAt: autumn },
      { ...other, sessionId: 'x'.repeat(50), deletedAt: autumn + 1 },
    ]);
    const cleared = { ...owner, sessionId: session, fromSequence: 0, toSequence: 9_007_199_254_740_991 };
    await manager.insert(Deletion, [
      {
        ...cleared,
        kind: 'clear',
        messageCount: 4_294_967_295,
        contentBytes: 1,
        deletedAt: autumn,
        purgeAt: autumn + 1,
      },
      { ...cleared, kind: 'message', messageCount: 1, contentBytes: 1, deletedAt: 1, purgeAt: 2, claimedUntil: autumn },
    ]);
    await manager.insert(ChatMessage, messages());
    const written = { ...owner, sessionId: session, sequence: 1 };
    await manager.update(ChatMessage, written, { status: 'in_progress' });
    const inTrash = { ...owner, sessionId: session, sequence: 3 * delicateTexts.length + 1 };
    await manager.update(ChatMessage, inTrash, { deletionId: 2, onBranch: null });
    const [parentId, revisionOf] = [9_007_199_254_740_991, 9_007_199_254_740_990];
    await manager.update(ChatMessage, { ...owner, sessionId: session, sequence: 4 }, { parentId, revisionOf });
    const lease = '0123456789abcdef'.repeat(2);
    await manager.insert(MessageStream, { ...written, byteCount: 1_000_000_000, lease, writtenAt: autumn });
    const chunks = delicateTexts.map(([, content], index) => ({ ...written, byteOffset: 1000 * index, content }));
    await manager.insert(MessageChunk, chunks);
    await manager.insert(ChatImport, [
      { ...owner, ...origin, rowId: 1, sessionId: session, sequence: 1, messageId: 1 },
      { ...owner, ...origin, rowId: 9_007_199_254_740_991, sessionId: null, sequence: null, messageId: null },
    ]);
    const [sourceDigest, targetDigest] = ['5', 'a'].map((digit) => digit.repeat(64));
    await manager.insert(ImportDifference, [
      { ...owner, ...place, rowId: 1, sourceDigest, targetDigest: null, acknowledgedAt: autumn },
      { ...owner, ...place, rowId: -1, sourceDigest: null, targetDigest, acknowledgedAt: autumn },
    ]);
    if (more > 0) await addMessages(dataSource, more);
    const last = {
      ...owner,
      sessionId: session,
      role: 'user',
      content: 'deleted',
      timestamp: 1,
      createdAt: 1,
    } as const;
    await manager.insert(ChatMessage, { ...last, id: lastMessageId, sequence: 499, historyPosition: 1 });
    await manager.delete(ChatMessage, { id: lastMessageId });
  });
}

const place = { source: 'writeassistdev@site', sourceTable: 'chat' };
const origin = { ...place, importedAt: autumn };

function messages() {
  const texts = [...delicateTexts.map(([, text]) => text), randomText(20_000), '🌍'.repeat(100_000)];
  return texts.map((content, index) => ({
    ...owner,
    sessionId: session,
    sequence: 3 * index + 1,
    role: (['user', 'assistant', 'system'] as const)[index % 3] ?? 'user',
    content,
    timestamp: index === 0 ? 0 : autumn - index,
    createdAt: autumn,
    historyPosition: autumn + 2 * index,
    clientMessageId: index % 2 === 0 ? null : `!~'"\\\`${index}`,
    ...(index % 4 === 2 && parts(content)),
  }));
}

function parts(text: string) {
  const json = ` { "2":${JSON.stringify(text)},"1":1.0 } `;
  return { format: 'ai-sdk/v6', payload: json, metadata: '{"a":null}', requestSha256: 'f'.repeat(64) };
}

/** In one statement: TypeORM needs seconds for thousands of rows. */
async function addMessages(dataSource: DataSource, count: number): Promise<void> {
  const { activityId, userId } = owner;
  await dataSource.query(
    `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
       created_at, history_time)
     WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     SELECT ?, ?, 'title-0', n, 'user', 'message ü ' || n, ?, ?, ? + n FROM numbers`,
    [count, activityId, userId, autumn, autumn, autumn + 1_000_000],
  );
}
