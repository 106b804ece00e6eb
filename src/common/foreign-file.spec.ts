import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foreignFile } from './foreign-file.js';

describe('foreignFile', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'foreign-test-'));
    file = join(folder, 'file');
    writeFileSync(file, '');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('names the file of another user that may not be used, and both users', () => {
    const { uid } = statSync(file);
    expect(foreignFile([join(folder, 'missing'), file], uid + 1, () => false)).toBe(
      `${file} belongs to another user (id ${uid}) than this process (id ${uid + 1}), which may not write it: run chown ${uid + 1} ${file}`,
    );
  });

  it('passes over files that may be used, or that are of this user', () => {
    const { uid } = statSync(file);
    expect(foreignFile([folder, file], uid + 1, () => true)).toBeUndefined();
    expect(foreignFile([folder, file], uid, () => false)).toBeUndefined();
    expect(foreignFile([folder, file])).toBeUndefined();
  });
});
