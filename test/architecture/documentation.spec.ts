import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { envVariables } from '../../src/config/env-variables.js';
import { root } from './source-imports.js';

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

describe('the documents', () => {
  it('are found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', join('docs', 'security.md')]));
  });

  it.each(documents)('%s has no line of more than 120 columns', (path) => {
    const long = read(path)
      .split('\n')
      .flatMap((line, index) => (line.length > 120 ? [`${index + 1}: ${line}`] : []));
    expect(long).toEqual([]);
  });

  it.each(documents)('%s names only source files, tests and tools that exist', (path) => {
    const named = [...read(path).matchAll(/`((?:src|test|client|scripts|tools|bench|docs)\/[\w./-]*\w\/?)`/g)];
    expect(named.map(([, name = '']) => name).filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  it('names only files that exist', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/`([\w/-]+(?:\.[\w-]+)*\.ts)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(30);
    const exists = (name: string) => existsSync(join(root, 'src', name)) || existsSync(join(root, name));
    expect(named.filter((name) => !/^\w\.\w+\.ts$/.test(name) && !exists(name))).toEqual([]);
  });
});

describe('docs/moodle.md', () => {
  it('has a web server that waits longer than this service, which waits longer than the original', () => {
    const waits = [...read('docs/moodle.md').matchAll(/proxy_read_timeout (\d+)s;/g)].map(([, seconds]) =>
      Number(seconds),
    );
    const { LEGACY_UPSTREAM_SECONDS: proxied, MOODLE_LOCK_SECONDS: checked } = envVariables;
    expect(waits).toHaveLength(2);
    for (const seconds of [proxied.default, checked.default].map(Number)) {
      expect(seconds).toBeGreaterThan(120);
      for (const wait of waits) expect(wait).toBeGreaterThan(seconds);
    }
  });
});

describe('docs/configuration.md', () => {
  it('has every variable with the default and the description of the code', () => {
    const items = [...read('docs/configuration.md').matchAll(/^- (`[A-Z][A-Z_]+` .*(?:\n {2}.*)*)/gm)];
    const expected = Object.entries(envVariables).map(([name, variable]) => {
      const fallback = variable.default === '' ? 'no default' : `default \`${variable.default}\``;
      return `\`${name}\` (${fallback}): ${variable.description}`;
    });
    expect(items.map(([, text = '']) => text.replace(/\n */g, ' ')).sort()).toEqual(expected.sort());
  });
});
