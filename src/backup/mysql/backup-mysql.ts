import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { createProgress } from '../../common/progress.js';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { version } from '../../common/version.js';
import type { MysqlConfig } from '../../config/config.js';
import { assertCompatible } from '../../database/migrations/schema-compatibility.js';
import { dataTables, executedMigrations } from '../../database/mysql/own-tables.js';
import { writeWhole } from '../part-file.js';
import { RunningProgram, clientNames, dumpNames, findProgram, type ClientProgram } from './client-program.js';
import { Tail, checkDump, headerLine, type DumpHeader } from './dump-file.js';
import { openOptionFile, type OptionFile } from './option-file.js';
import { checkSession, sessionOptions } from './session-check.js';
import { withRunner } from './with-runner.js';

const mebibyte = 1024 * 1024;
const dumpOptions = [
  ...sessionOptions,
  // A consistent state, without locks.
  '--single-transaction',
  // Exactly what is needed, instead of the defaults of each version.
  ...['--skip-opt', '--create-options', '--quick', '--extended-insert', '--set-charset', '--comments', '--dump-date'],
  '--hex-blob',
  // The last rows are committed also where connections begin without autocommit.
  '--no-autocommit',
  // They need rights that the user of this service does not have.
  ...['--skip-triggers', '--no-tablespaces', '--skip-lock-tables'],
];
const mysqlOnly = ['--column-statistics=0', '--set-gtid-purged=OFF'];

/**
 * Dumps the tables of this service, also while servers use them.
 * @returns the time before which everything that was acknowledged is in the dump, in UTC ms
 * @throws StartupError
 */
export async function backupMysql(config: MysqlConfig, to: string): Promise<number> {
  const [dump, client] = [await findProgram(dumpNames), await findProgram(clientNames)];
  return writeWhole(to, {
    write: async (part) => {
      const { header, bytes } = await readState(config);
      await withOptionFile(config, client, (file) => checkSession(client.name, file, config));
      await withOptionFile(config, dump, (file) => writeDump(dump, file, config.database, header, bytes, part));
      await checkDump(part);
      return Date.parse(header.createdAt);
    },
  });
}

/** What the database has, and about how many bytes. */
function readState(config: MysqlConfig): Promise<{ header: DumpHeader; bytes: number }> {
  return withRunner(config, async (runner, dataSource) => {
    await assertCompatible(dataSource);
    const migrations = await executedMigrations(runner);
    if (migrations.length === 0) throw configurationError('the database has no chats: there is nothing to back up');
    const tables = await dataTables(runner);
    const [size] = (await runner.query(
      'SELECT SUM(DATA_LENGTH) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
    )) as { bytes: string }[];
    const createdAt = new Date().toISOString();
    return { header: { format: 1, version, createdAt, tables, migrations }, bytes: Number(size?.bytes ?? 0) };
  });
}

async function writeDump(
  { name, isMariadb }: ClientProgram,
  optionFile: OptionFile,
  database: string,
  header: DumpHeader,
  bytes: number,
  part: string,
): Promise<void> {
  const options = [...dumpOptions, ...(isMariadb ? [] : mysqlOnly), database, ...header.tables];
  const program = new RunningProgram(name, optionFile, options);
  const progress = createProgress(process.stderr, 'MiB', Math.ceil(bytes / mebibyte));
  const tail = new Tail();
  let written = 0;
  async function* sql(): AsyncGenerator<string | Buffer> {
    yield headerLine(header);
    for await (const chunk of program.output as AsyncIterable<Buffer>) {
      tail.add(chunk);
      progress.at(Math.floor((written += chunk.length) / mebibyte));
      yield chunk;
    }
    // Before the end of the stream, so that a failed dump does not look like a compressed whole one.
    await program.succeed();
  }
  try {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    await pipeline(sql, gzip, createWriteStream(part));
  } finally {
    program.stop();
    progress.end();
  }
  if (!tail.isComplete) throw new StartupError([`${name} has not written the whole dump: run the command again`]);
}

export async function withOptionFile<Result>(
  config: MysqlConfig,
  { isMariadb }: ClientProgram,
  work: (file: OptionFile) => Promise<Result>,
): Promise<Result> {
  const file = openOptionFile(config, isMariadb);
  try {
    return await work(file);
  } finally {
    file.close();
  }
}
