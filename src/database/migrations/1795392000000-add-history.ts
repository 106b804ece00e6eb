import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { isSqlite, keepingIds } from './keep-ids.js';

const chat = 'writeassistdev_chat';
const sessions = 'writeassistdev_chat_sessions';
const historyColumn = 'history_time';
const historyIndex = new TableIndex({
  name: 'unique_chat_history',
  columnNames: ['writeassistdevid', 'userid', historyColumn],
  isUnique: true,
});
const sessionHistoryIndex = new TableIndex({
  name: 'ix_chat_session_history',
  columnNames: ['writeassistdevid', 'userid', 'chat_session_id', historyColumn],
});
const createdIndex = new TableIndex({
  name: 'ix_chat_sessions_created',
  columnNames: ['writeassistdevid', 'userid', 'created_at', 'id'],
});

/**
 * Adds the history position of messages (docs/adr/0009-history.md), and an index of sessions by time of creation. Steps
 * that are already done are skipped, so that the next run completes one that was killed. Servers of older versions must
 * be stopped before: they save messages without the column.
 */
export class AddHistory1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await keepingIds(runner, chat, () => addHistoryColumn(runner));
    const { indices = [] } = (await runner.getTable(chat)) ?? {};
    for (const index of [historyIndex, sessionHistoryIndex]) {
      if (!has(indices, index)) await runner.createIndex(chat, index.clone());
    }
    const { indices: ofSessions = [] } = (await runner.getTable(sessions)) ?? {};
    if (!has(ofSessions, createdIndex)) await runner.createIndex(sessions, createdIndex.clone());
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(sessions, createdIndex.name ?? '', true);
    for (const { name = '' } of [sessionHistoryIndex, historyIndex]) await runner.dropIndex(chat, name, true);
    await keepingIds(runner, chat, () => runner.dropColumn(chat, historyColumn, true));
  }
}

async function addHistoryColumn(runner: QueryRunner): Promise<void> {
  if (!(await runner.hasColumn(chat, historyColumn))) await runner.addColumn(chat, column(runner, true));
  const { columns = [] } = (await runner.getTable(chat)) ?? {};
  if (!columns.find(({ name }) => name === historyColumn)?.isNullable) return;
  await runner.query(isSqlite(runner) ? placeOnSqlite : placeOnMysql);
  await runner.changeColumn(chat, historyColumn, column(runner, false));
}

/** By timestamp, then id: the position is the timestamp, or the millisecond after the previous position if that is later. */
const placed = `
  SELECT id, number + MAX(timestamp - number) OVER (PARTITION BY writeassistdevid, userid ORDER BY timestamp, id) AS place
  FROM (
    SELECT id, writeassistdevid, userid, timestamp,
      CAST(ROW_NUMBER() OVER (PARTITION BY writeassistdevid, userid ORDER BY timestamp, id) AS SIGNED) AS number
    FROM ${chat}
  ) numbered`;
const placeOnMysql = `UPDATE ${chat} c JOIN (${placed}) p ON p.id = c.id SET c.${historyColumn} = p.place`;
const placeOnSqlite = `UPDATE ${chat} SET ${historyColumn} = p.place FROM (${placed}) p WHERE p.id = ${chat}.id`;

function column(runner: QueryRunner, isNullable: boolean): TableColumn {
  return new TableColumn({ name: historyColumn, type: isSqlite(runner) ? 'integer' : 'bigint', isNullable });
}

function has(indices: TableIndex[], { name }: TableIndex): boolean {
  return indices.some((index) => index.name === name);
}
