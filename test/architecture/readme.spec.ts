import { existsSync, readFileSync } from 'node:fs';
import { envVariables } from '../../src/config/env-variables.js';

const readme = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it('explains every variable, with its default, as the code does', () => {
    const rows = readme
      .split('\n')
      .filter((line) => /^\| `[A-Z_]+` +\|/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const expected = Object.entries(envVariables).map(([name, variable]) => [
      `\`${name}\``,
      variable.default === '' ? '' : `\`${variable.default}\``,
      variable.description,
    ]);
    expect(rows).toEqual(expected);
  });

  it('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });

  it('names only files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, path]) => path ?? '')
      .filter((path) => !path.includes('://'));
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});
