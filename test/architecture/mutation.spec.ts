import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { groups } from '../../tools/mutation/groups.mjs';
import { root } from './source-imports.js';

describe('tools/mutation/groups.mjs', () => {
  it.each(Object.entries(groups))('%s names existing files', (_, { mutate, tests }) => {
    const paths = [...mutate.map((place) => place.replace(/#.*$/, '')), ...tests];
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
