// How fast chats move in, and in how much memory: npm run bench:import -- [--messages 1000000] [--owners 2000] [--target mariadb|sqlite]
// A private throwaway MariaDB holds the source, and the target too unless that is SQLite.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import mysql2 from 'mysql2/promise';
import { build } from '../scripts/build.mjs';
import { distIsFresh } from '../scripts/fresh.mjs';
import { startMariadb } from '../test/support/database/mariadb.mjs';

const text = (fallback) => ({ type: 'string', default: fallback });
const { messages, owners, target, help } = parseArgs({
  options: { messages: text('1000000'), owners: text('2000'), target: text('mariadb'), help: { type: 'boolean' } },
}).values;
if (help) {
  console.log('usage: npm run bench:import -- [--messages 1000000] [--owners 2000] [--target mariadb|sqlite]');
  process.exit(0);
}
const program = fileURLToPath(new URL('../dist/src/cli/import-moodle.js', import.meta.url));
const activities = 20;

if (!distIsFresh() && build() !== 0) process.exit(1);
const server = await startMariadb();
const folder = mkdtempSync(join(tmpdir(), 'chat-bench-'));
try {
  const connection = await mysql2.createConnection({ uri: server.url, multipleStatements: true });
  console.log(`Filling a source with ${messages} messages of ${owners} owners ...`);
  await connection.query(source(Number(messages), Number(owners)));
  const [[{ bytes }]] = await connection.query(
    'SELECT SUM(OCTET_LENGTH(content)) AS bytes FROM mdl_writeassistdev_chat',
  );
  await connection.end();
  console.log(
    `${Math.round(Number(bytes) / Number(messages))} bytes a message; ${cpus().length} cores; into ${target}`,
  );
  const first = run('import');
  say('imported', first.tables.writeassistdev_chat.imported, first);
  const again = run('import again');
  say('found noted', again.tables.writeassistdev_chat.alreadyThere, again);
  const compared = run('verify', '--verify');
  say('compared', compared.verification.messages, compared);
  const all = [first.tables.writeassistdev_chat.imported, again.tables.writeassistdev_chat.alreadyThere];
  if ([...all, compared.verification.messages].some((count) => count !== Number(messages))) process.exitCode = 1;
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function run(what, ...options) {
  const environment = {
    ...process.env,
    DATA_DIR: folder,
    DATABASE_URL: target === 'sqlite' ? '' : `${server.url}chats`,
  };
  const given = [program, '--from', `${server.url}moodle`, '--json', ...options];
  const { status, stdout } = spawnSync(process.execPath, given, {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${what} has ended with ${status}: ${stdout.slice(-2000)}`);
  return JSON.parse(stdout);
}

function say(what, count, { seconds, peakMemoryMiB }) {
  const rate = Math.round(count / seconds);
  console.log(`${what}: ${count} messages in ${seconds} s, ${rate} a second, ${peakMemoryMiB} MiB of memory at most`);
}

/** Half of an owner's messages are in a chat with a row, half in one without, as the plugin's pages made them. */
function source(count, people) {
  const userId = `2 + seq DIV ${activities} % ${Math.ceil(people / activities)}`;
  const ids = `1 + seq % ${activities} AS activity, ${userId} AS user`;
  return `
    CREATE DATABASE moodle CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
    CREATE DATABASE chats CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
    USE moodle;
    CREATE TABLE mdl_writeassistdev_chat (
      id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, writeassistdevid bigint(10) NOT NULL,
      userid bigint(10) NOT NULL, chat_session_id varchar(50) NOT NULL DEFAULT '', role varchar(20) NOT NULL DEFAULT '',
      content longtext NOT NULL, timestamp bigint(10) NOT NULL, created_at bigint(10) NOT NULL,
      KEY a (userid, writeassistdevid), KEY b (chat_session_id), KEY c (timestamp), KEY d (role), KEY e (userid),
      KEY f (writeassistdevid)) ENGINE=InnoDB;
    CREATE TABLE mdl_writeassistdev_chat_sessions (
      id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY, writeassistdevid bigint(10) NOT NULL,
      userid bigint(10) NOT NULL, session_id varchar(50) NOT NULL DEFAULT '', title varchar(255) DEFAULT 'New Chat',
      is_active tinyint(1) NOT NULL DEFAULT 0, created_at bigint(10) NOT NULL, modified_at bigint(10) NOT NULL,
      UNIQUE KEY a (writeassistdevid, userid, session_id), KEY b (userid, writeassistdevid)) ENGINE=InnoDB;
    INSERT INTO mdl_writeassistdev_chat (writeassistdevid, userid, chat_session_id, role, content, timestamp, created_at)
      SELECT activity, user, IF(seq DIV ${people} % 2, 'chat-1', CONCAT('chat_', user, '_', activity)),
        IF(seq DIV ${people} % 2, 'user', 'assistant'), CONCAT(seq, ' 🌍 ', REPEAT('word ', 20 + seq % 120)),
        1735689600 + seq * 20, 1735689601 + seq * 20
      FROM (SELECT seq, ${ids} FROM seq_1_to_${count}) numbered;
    INSERT INTO mdl_writeassistdev_chat_sessions (writeassistdevid, userid, session_id, is_active, created_at, modified_at)
      SELECT activity, user, CONCAT('chat_', user, '_', activity), 1, 1735689600, 1735689600
      FROM (SELECT seq, ${ids} FROM seq_1_to_${people}) numbered;
    ANALYZE TABLE mdl_writeassistdev_chat;`;
}
