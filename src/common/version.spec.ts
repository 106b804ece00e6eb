import { readFileSync } from 'node:fs';
import { version } from './version.js';

describe('version', () => {
  it('is the one in package.json', () => {
    const { version: expected } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(version).toBe(expected);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
