import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { TestDatabase } from './test-database.js';
import { onEveryRunner } from './faults.js';
import { root } from '../process/program.js';
import { recordLog } from '../run/run-record.js';

function start(program: string[], { environment }: TestDatabase, more: Record<string, string>) {
  return spawn(process.execPath, program, {
    cwd: environment.DATA_DIR,
    env: { PATH: process.env.PATH, ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the built migration command to its end. */
export function migrateInProcess(
  database: TestDatabase,
  command = 'run',
  more: Record<string, string> = {},
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = start([join(root, 'dist/src/cli/migrate.js'), command], database, more);
  const result = { code: null as number | null, output: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => (result.output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (result.errors += text.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      recordLog(result.output + result.errors);
      resolve({ ...result, code });
    });
  });
}

/** Starts a migration in a process and kills it (SIGKILL) after it has created this many tables. */
export function killWhileMigrating(database: TestDatabase, tables: number): Promise<string> {
  const child = start([join(root, 'test/support/database/stopped-migration.mjs'), String(tables)], database, {});
  let output = '';
  const listen = (text: Buffer) => {
    output += text.toString();
    if (output.includes('stopped')) child.kill('SIGKILL');
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve) => {
    child.once('close', (_code, signal) => {
      resolve(`${output.trim()} ${signal ?? 'ended by itself'}`);
    });
  });
}

export class Stopped extends Error {}

/**
 * After this many statements that change something, every further statement fails, as after a lost connection. The
 * returned function tells whether that limit was reached.
 */
export function stopAfter(dataSource: DataSource, statements: number): () => boolean {
  let sent = 0;
  onEveryRunner(dataSource, (runner) => {
    const query = runner.query.bind(runner) as (...statement: unknown[]) => Promise<unknown>;
    const counted = async (...statement: unknown[]) => {
      const text = String(statement[0]);
      // ROLLBACK must succeed: the embedded engine goes on in this process.
      if (text !== 'ROLLBACK' && sent >= statements) throw new Stopped(`before ${text.slice(0, 40)}`);
      const result = await query(...statement);
      if (!/^\s*(SELECT|SHOW|PRAGMA|SET|ROLLBACK)/i.test(text)) sent++;
      return result;
    };
    runner.query = counted as typeof runner.query;
  });
  return () => sent >= statements;
}
