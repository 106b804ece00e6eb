import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shortestMs } from '../../../test/support/run/shortest-ms.js';
import { SqliteDatabase } from './sqlite-driver.js';

describe('SqliteDatabase', () => {
  let folder: string;
  let file: string;
  const opened: SqliteDatabase[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chat-driver-'));
    file = join(folder, 'test.sqlite');
  });
  afterEach(() => {
    for (const database of [...opened]) close(database);
    rmSync(folder, { recursive: true, force: true });
  });

  function open(name = ':memory:'): SqliteDatabase {
    const database = new SqliteDatabase(name);
    opened.push(database);
    return database.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, value)');
  }

  /** Opens the file with the settings of the server: exclusive, with a write-ahead log. */
  function openFile(): SqliteDatabase {
    const database = new SqliteDatabase(file);
    opened.push(database);
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    return database.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, value)');
  }

  function close(database: SqliteDatabase): void {
    opened.splice(opened.indexOf(database), 1);
    database.close();
  }

  function values(database: SqliteDatabase): unknown[] {
    return database.prepare('SELECT value FROM t ORDER BY id').all();
  }

  /** The extended SQLite result code of the error that `work` throws. */
  function resultCode(work: () => unknown): unknown {
    try {
      work();
    } catch (error) {
      return (error as { errcode?: unknown }).errcode;
    }
    throw new Error('it did not fail');
  }

  it.each([
    ['SELECT id FROM t', true],
    ['INSERT INTO t (value) VALUES (1) RETURNING id', true],
    ['PRAGMA foreign_keys', true],
    ['INSERT INTO t (value) VALUES (1)', false],
    ['CREATE TABLE u (id)', false],
    ['BEGIN', false],
  ])('reports whether the statement returns rows: %s', (sql, reader) => {
    expect(open().prepare(sql).reader).toBe(reader);
  });

  it('returns the number of changed rows and the new id', () => {
    const database = open();
    const insert = database.prepare('INSERT INTO t (value) VALUES (?)');
    expect(insert.run('a')).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(insert.run('a')).toEqual({ changes: 1, lastInsertRowid: 2 });
    expect(database.prepare('UPDATE t SET value = ?').run('a').changes).toBe(2);
  });

  it.each<[string, unknown, unknown]>([
    ['a text', 'Ä👩‍👩‍👧', 'Ä👩‍👩‍👧'],
    ['an empty text', '', ''],
    ['an integer', 4_102_444_800_123, 4_102_444_800_123],
    ['a fraction', 0.1, 0.1],
    ['null', null, null],
    ['undefined', undefined, null],
    ['true', true, 1],
    ['false', false, 0],
    ['a big integer', 12n, 12],
    ['bytes', new Uint8Array([0, 255]), new Uint8Array([0, 255])],
  ])('binds %s', (_name, value, expected) => {
    const database = open();
    database.prepare('INSERT INTO t (value) VALUES (?)').run(value);
    expect(values(database)).toEqual([{ value: expected }]);
  });

  it.each([
    ['an object', {}],
    ['a date', new Date(0)],
    ['an array', [1]],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('refuses to bind %s, and writes nothing', (_name, value) => {
    const database = open();
    const insert = database.prepare('INSERT INTO t (value) VALUES (?)');
    expect(() => insert.run(value)).toThrow(TypeError);
    expect(() => database.prepare('SELECT ?').all(value)).toThrow(TypeError);
    expect(values(database)).toEqual([]);
  });

  it('throws errors with the extended result code', () => {
    const database = open();
    database.exec('CREATE UNIQUE INDEX u ON t (value)');
    const insert = database.prepare('INSERT INTO t (value) VALUES (?)');
    insert.run('a');
    expect(resultCode(() => insert.run('a'))).toBe(2067);
  });

  it('rejects a second connection to the file within a second', async () => {
    openFile();
    const write = () => {
      expect(resultCode(() => open(file).exec('INSERT INTO t (value) VALUES (1)'))).toBe(5);
    };
    expect(await shortestMs(1000, write)).toBeLessThan(1000);
  });

  describe('close', () => {
    it('leaves one file that can be opened again', () => {
      const first = openFile();
      first.prepare('INSERT INTO t (value) VALUES (?)').run('kept');
      expect(values(first)).toEqual([{ value: 'kept' }]);
      close(first);
      expect(readdirSync(folder)).toEqual(['test.sqlite']);
      expect(values(openFile())).toEqual([{ value: 'kept' }]);
    });

    it('rolls back an open transaction', () => {
      const first = openFile();
      first.exec('BEGIN IMMEDIATE').exec("INSERT INTO t (value) VALUES ('lost')");
      expect(() => {
        close(first);
      }).not.toThrow();
      expect(values(openFile())).toEqual([]);
      expect(existsSync(file)).toBe(true);
    });
  });
});
