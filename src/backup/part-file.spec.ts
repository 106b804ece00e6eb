import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './part-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-part-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('writing a whole file', () => {
  it('begins without what a killed command has left beside it', async () => {
    const file = join(folder, 'backup');
    for (const companion of ['-wal', '-shm', '-journal']) writeFileSync(`${file}.part${companion}`, 'old');
    await writeWhole(file, {
      write: (part) => {
        expect(readdirSync(folder)).toEqual(['backup.part']);
        writeFileSync(part, 'new');
        writeFileSync(`${part}-journal`, 'of this one');
        return Promise.resolve();
      },
    });
    expect(readdirSync(folder)).toEqual(['backup']);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  it('touches nothing of a command that writes it', async () => {
    const file = join(folder, 'backup');
    for (const suffix of ['.part', '.part-journal']) writeFileSync(file + suffix, 'theirs');
    await expect(writeWhole(file, { write: () => Promise.resolve() })).rejects.toMatchObject({ exitCode: 78 });
    for (const suffix of ['.part', '.part-journal']) expect(readFileSync(file + suffix, 'utf8')).toBe('theirs');
  });

  it.each([
    ['a name that is too long', 'x'.repeat(300), /its name is too long/],
    ['a folder that does not exist', join('no-such', 'backup'), /its folder does not exist/],
  ])('says why it cannot: %s', async (_, name, reason) => {
    const failed = writeWhole(join(folder, name), { write: () => Promise.resolve() });
    await expect(failed).rejects.toMatchObject({ exitCode: 78, lines: [expect.stringMatching(reason)] });
    expect(existsSync(folder) && readdirSync(folder)).toEqual([]);
  });
});
