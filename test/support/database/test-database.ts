import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql2 from 'mysql2/promise';
import { longStatements, sessionStatements } from '../../../src/database/mysql/session-variables.js';

declare global {
  /** The engine of this run of an end-to-end file. */
  var testEngine: 'sqlite' | 'mariadb' | undefined;
}

/** The engine of this run; end-to-end files run once on each. */
export function engine(): 'sqlite' | 'mariadb' {
  if (!globalThis.testEngine) throw new Error('not an end-to-end test');
  return globalThis.testEngine;
}

/** A fresh data folder, and on MariaDB a fresh database. */
export interface TestDatabase {
  /** The environment variables of a server that uses it. */
  environment: Record<string, string>;
  drop(): Promise<void>;
}

export async function createDatabase(kind = engine()): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-test-'));
  const removeFolder = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  if (kind === 'sqlite') {
    return {
      environment: { DATA_DIR: folder },
      drop: () => {
        removeFolder();
        return Promise.resolve();
      },
    };
  }
  const name = `chat_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  return {
    environment: { DATA_DIR: folder, DATABASE_URL: databaseUrl(name) },
    drop: async () => {
      removeFolder();
      await onServer(`DROP DATABASE ${name}`);
    },
  };
}

/** The URL of a database on the server that the tests use. */
export function databaseUrl(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement as the user of the tests, with no database selected. */
export async function onServer(sql: string): Promise<unknown> {
  const { hostname, port, username, password } = new URL(serverUrl());
  const connection = await mysql2.createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  try {
    // The server may be one with wrong settings.
    for (const statement of sessionStatements('store', longStatements)) await connection.query(statement);
    const [rows] = await connection.query(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('there is no MariaDB for the tests');
  return url;
}
