import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../common/startup-error.js';
import { readConfig } from '../config/read-config.js';
import { loadSigningSecret } from './signing-secret.js';

describe('loadSigningSecret', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const secretIn = (directory: string, variables: Record<string, string> = {}) => {
    const secret = loadSigningSecret(readConfig({ DATA_DIR: directory, ...variables }));
    if (!secret) throw new Error('no secret was returned');
    return secret;
  };
  const textIn = (directory: string) => Buffer.from(secretIn(directory).bytes).toString();
  const problem = (directory: string): StartupError => {
    try {
      secretIn(directory);
    } catch (error) {
      if (error instanceof StartupError) return error;
      throw error;
    }
    throw new Error('expected a StartupError');
  };

  it('returns the UTF-8 bytes of the configured secret and writes no file', () => {
    const text = 'é'.repeat(20);
    const { bytes, generated } = secretIn(folder, { JWT_SECRET: text });
    expect([Buffer.from(bytes).toString(), bytes.length, generated]).toEqual([text, 40, false]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('generates a secret that only its owner can read', () => {
    const directory = join(folder, 'a', 'b');
    const { bytes, generated } = secretIn(directory);
    expect(generated).toBe(true);
    expect(Buffer.from(bytes).toString()).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(readdirSync(directory)).toEqual(['jwt-secret']);
    expect(statSync(join(directory, 'jwt-secret')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('returns the same secret at the next start, and another one for another directory', () => {
    const first = textIn(join(folder, 'a'));
    expect(textIn(join(folder, 'a'))).toBe(first);
    expect(textIn(join(folder, 'b'))).not.toBe(first);
  });

  it('returns the content of the file without the final line break', () => {
    writeFileSync(join(folder, 'jwt-secret'), `${'x'.repeat(32)}\n`, { mode: 0o600 });
    expect(textIn(folder)).toBe('x'.repeat(32));
  });

  it.each(['', '\n', 'x'.repeat(31)])('rejects a damaged file: %j', (text) => {
    writeFileSync(join(folder, 'jwt-secret'), text);
    expect(problem(folder).message).toBe(
      `${join(folder, 'jwt-secret')} is damaged: delete it, and the next start creates a new one`,
    );
    expect(readFileSync(join(folder, 'jwt-secret'), 'utf8')).toBe(text);
  });

  it.each([0o604, 0o644, 0o602, 0o666])('rejects a file with the mode %o, which all users may open', (mode) => {
    const file = join(folder, 'jwt-secret');
    writeFileSync(file, 'x'.repeat(32));
    chmodSync(file, mode);
    const { message, exitCode } = problem(folder);
    expect([message, exitCode]).toEqual([
      `${file} has a secret and is open to all users of this machine: run chmod 600 ${file}`,
      78,
    ]);
  });

  it.each([0o600, 0o400, 0o640, 0o660])('accepts a file with the mode %o', (mode) => {
    writeFileSync(join(folder, 'jwt-secret'), 'x'.repeat(32));
    chmodSync(join(folder, 'jwt-secret'), mode);
    expect(textIn(folder)).toBe('x'.repeat(32));
  });

  it('throws if the data directory is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    const { message, exitCode } = problem(join(folder, 'file'));
    expect(message).toMatch(/^DATA_DIR .*\/file cannot be used \(\w+\): it must be a writable directory$/);
    expect(exitCode).toBe(78);
  });

  it('returns undefined and writes no file if tokens are verified with public keys', () => {
    const config = readConfig({ DATA_DIR: folder, JWKS_URL: 'https://keys.example/' });
    expect(loadSigningSecret(config)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('generates a secret after a process with the same id was killed while generating one', () => {
    writeFileSync(join(folder, `jwt-secret.${process.pid}`), 'half');
    expect(textIn(folder)).toMatch(/^[A-Za-z0-9_-]{64}$/);
  });
});
