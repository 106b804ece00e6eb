import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './source-imports.js';

/** Files below a folder of the repository and their number of lines. */
function sizes(folder: string): { path: string; lines: number }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mts|mjs|js)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').trimEnd().split('\n').length }));
}

describe('sizes of files', () => {
  it.each(['src', 'test', 'scripts', 'tools'])('no file in %s has more than 300 lines', (folder) => {
    expect(sizes(folder).filter(({ lines }) => lines > 300)).toEqual([]);
  });

  it('half of the sources have fewer than 60 lines', () => {
    const lines = sizes('src')
      .filter(({ path }) => !path.endsWith('.spec.ts'))
      .map((file) => file.lines)
      .sort((a, b) => a - b);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(60);
  });

  it('services have fewer than 200 lines', () => {
    expect(sizes('src').filter(({ path, lines }) => path.endsWith('.service.ts') && lines >= 200)).toEqual([]);
  });
});
