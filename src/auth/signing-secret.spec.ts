import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../common/startup-error.js';
import { readConfig } from '../config/read-config.js';
import { loadSigningSecret } from './signing-secret.js';

describe('the secret that tokens are signed with', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const secretIn = (directory: string, variables: Record<string, string> = {}) => {
    const secret = loadSigningSecret(readConfig({ DATA_DIR: directory, ...variables }));
    if (!secret) throw new Error('there is none');
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
    throw new Error('it was taken');
  };

  it('is the configured one, by its UTF-8 bytes; nothing is written then', () => {
    const text = 'é'.repeat(20);
    const { bytes, generated } = secretIn(folder, { JWT_SECRET: text });
    expect([Buffer.from(bytes).toString(), bytes.length, generated]).toEqual([text, 40, false]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made where there is none, for its owner alone', () => {
    const directory = join(folder, 'a', 'b');
    const { bytes, generated } = secretIn(directory);
    expect(generated).toBe(true);
    expect(Buffer.from(bytes).toString()).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(readdirSync(directory)).toEqual(['jwt-secret']);
    expect(statSync(join(directory, 'jwt-secret')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('is the same at the next start, and another one in another folder', () => {
    const first = textIn(join(folder, 'a'));
    expect(textIn(join(folder, 'a'))).toBe(first);
    expect(textIn(join(folder, 'b'))).not.toBe(first);
  });

  it('is what stands in the file, without the line break at its end', () => {
    writeFileSync(join(folder, 'jwt-secret'), `${'x'.repeat(32)}\n`);
    expect(textIn(folder)).toBe('x'.repeat(32));
  });

  it.each(['', '\n', 'x'.repeat(31)])('is not taken from a damaged file: %j', (text) => {
    writeFileSync(join(folder, 'jwt-secret'), text);
    expect(problem(folder).message).toBe(`${join(folder, 'jwt-secret')} is damaged: delete it to have a new one made`);
    expect(readFileSync(join(folder, 'jwt-secret'), 'utf8')).toBe(text);
  });

  it('cannot be made where the folder is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    const { message, exitCode } = problem(join(folder, 'file'));
    expect(message).toMatch(/^DATA_DIR .*\/file cannot be used \(\w+\): it must be a folder that can be written$/);
    expect(exitCode).toBe(78);
  });

  it('is none where tokens are checked with public keys; nothing is written then', () => {
    const config = readConfig({ DATA_DIR: folder, JWKS_URL: 'https://keys.example/' });
    expect(loadSigningSecret(config)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made although a start of the same process id was killed while it made one', () => {
    writeFileSync(join(folder, `jwt-secret.${process.pid}`), 'half');
    expect(textIn(folder)).toMatch(/^[A-Za-z0-9_-]{64}$/);
  });
});
