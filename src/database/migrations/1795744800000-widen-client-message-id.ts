import { TypeORMError, type MigrationInterface, type QueryRunner } from 'typeorm';
import { isSqlite, keepingIds } from './keep-ids.js';

const chat = 'writeassistdev_chat';
const column = 'client_message_id';

/** Client message ids may have 255 characters instead of 100: the longest `Idempotency-Key`. */
export class WidenClientMessageId1795744800000 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return setLength(runner, '255');
  }

  /** Longer ids become NULL: these messages stay, and sending them again saves them again. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE ${chat} SET ${column} = NULL WHERE LENGTH(${column}) > 100`);
    await setLength(runner, '100');
  }
}

async function setLength(runner: QueryRunner, length: string): Promise<void> {
  const old = (await runner.getTable(chat))?.findColumnByName(column);
  if (!old) throw new TypeORMError(`${chat} has no column ${column}`);
  if (old.length === length) return;
  if (!isSqlite(runner)) {
    // TypeORM would drop the column and add it anew. MariaDB changes only its own description of the table.
    const type = `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin NULL`;
    await runner.query(`ALTER TABLE ${chat} MODIFY ${column} ${type}`);
    return;
  }
  const wanted = old.clone();
  wanted.length = length;
  await keepingIds(runner, chat, () => runner.changeColumn(chat, old, wanted));
}
