import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertSecretFile, hasSecrets, secretFileWarning } from './secret-files.js';

describe('the file of a secret', () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), 'secret-test-')), 'file');
    writeFileSync(file, 'x');
  });
  afterEach(() => {
    rmSync(join(file, '..'), { recursive: true });
  });

  it.each([
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o620, true],
    [0o660, true],
  ])('with the mode %o is accepted, with a warning: %s', (mode, warned) => {
    chmodSync(file, mode);
    assertSecretFile(file);
    const warning = `${file} has a secret and is open to its group: run chmod 600 ${file} unless that is intended`;
    expect(secretFileWarning(file)).toBe(warned ? warning : undefined);
  });

  it.each([0o644, 0o604, 0o602, 0o777])('with the mode %o is rejected', (mode) => {
    chmodSync(file, mode);
    expect(() => {
      assertSecretFile(file);
    }).toThrow(`${file} has a secret and is open to all users of this machine: run chmod 600 ${file}`);
  });

  it('need not exist', () => {
    rmSync(file);
    assertSecretFile(file);
    expect(secretFileWarning(file)).toBeUndefined();
  });
});

describe('hasSecrets', () => {
  it.each([
    { JWT_SECRET: 'x' },
    { DATABASE_URL: 'mysql://chat:pw@host/db' },
    { IMPORT_FROM: 'mysql://chat:pw@host/db' },
    { MOODLE_DATABASE_URL: 'mysql://chat:p@w@host/db' },
    { DATABASE_URL: 'mariadb://chat:p/w#@host/db' },
  ])('is true for %j', (variables) => {
    expect(hasSecrets(variables)).toBe(true);
  });

  it.each([
    {},
    { JWT_SECRET: '' },
    { DATABASE_URL: 'mysql://chat@host:3306/db', PORT: '1' },
    { JWT_PUBLIC_KEY: 'x', LEGACY_UPSTREAM_URL: 'https://moodle.example/' },
  ])('is false for %j', (variables) => {
    expect(hasSecrets(variables)).toBe(false);
  });
});
