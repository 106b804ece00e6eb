import { textOf, type ModelMessage } from './message.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';

const owned = 'WHERE writeassistdevid = ? AND userid = ?';

/** MariaDB returns some numbers as texts. */
interface CountedRow {
  id: string;
  count: number | string;
  bytes: number | string;
}

/** Compares the counts of sessions and of the trash with the messages that there are, and the rows with the model. */
export async function compareRows(owner: ModelOwner, program: Program): Promise<void> {
  const sessions = await program.rows<CountedRow>(
    `SELECT session_id AS id, message_count AS count, content_bytes AS bytes FROM writeassistdev_chat_sessions ${owned}`,
  );
  const counted = sessions.map(({ id, count, bytes }) => [id, Number(count), Number(bytes)]);
  expect(counted.sort()).toEqual(owner.sessions.map(({ id, live }) => [id, live.length, bytesOf(live)]).sort());
  const deletions = await program.rows<CountedRow>(
    `SELECT chat_session_id AS id, message_count AS count, content_bytes AS bytes FROM writeassistdev_chat_deletions
      ${owned} AND kind <> 'message'`,
  );
  const inTrash = owner.sessions.flatMap(({ id, isDeleted, live, cleared }) => [
    ...cleared
      .map(({ messages }) => messages.filter(({ deletion }) => deletion === undefined))
      .map((messages) => [id, messages.length, bytesOf(messages)]),
    ...(isDeleted ? [[id, live.length, bytesOf(live)]] : []),
  ]);
  expect(deletions.map(({ id, count, bytes }) => [id, Number(count), Number(bytes)]).sort()).toEqual(inTrash.sort());
  const [stored] = await program.rows<Pick<CountedRow, 'count'>>(
    `SELECT COUNT(*) AS count FROM writeassistdev_chat ${owned}`,
  );
  expect(Number(stored?.count)).toBe(owner.messages.length);
}

/** In bytes: texts are ASCII. What is written in chunks counts at the end. */
function bytesOf(messages: ModelMessage[]): number {
  const bytes = messages.map(({ sent, content, isWritten }) => {
    const payload = sent.payload === undefined ? '' : JSON.stringify(sent.payload);
    return (isWritten ? textOf(sent) : content).length + payload.length;
  });
  return bytes.reduce((sum, one) => sum + one, 0);
}
