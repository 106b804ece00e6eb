import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const imageSize = '400M';
/** Written before each cut and never flushed: it must be lost. */
const unflushedBytes = 256 * 1024;

const mounted = new Set<Disk>();
process.once('exit', () => {
  for (const disk of mounted) disk.remove();
});

/**
 * A disk whose power can be cut, and that can become full: ext4 in an image in memory, mounted with a loop device. What
 * was not flushed (`fsync`) is not in the image, so a copy of the image is what a disk has after a power cut.
 */
export class Disk {
  readonly #home = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chat-disk-'));
  readonly #image = join(this.#home, 'image');

  private constructor(
    /** Where it is mounted. */
    readonly folder: string,
  ) {}

  /** Whether this process may mount one: tries it. */
  static isPossible(): boolean {
    try {
      Disk.create().remove();
      return true;
    } catch {
      return false;
    }
  }

  static create(): Disk {
    const disk = new Disk(mkdtempSync(join(tmpdir(), 'chat-disk-')));
    try {
      run('truncate', '-s', imageSize, disk.#image);
      // Without blocks reserved for root, which would not find the disk full.
      run('mkfs.ext4', '-q', '-m', '0', disk.#image);
      disk.mount();
    } catch (error) {
      disk.removeFolders();
      throw error;
    }
    mounted.add(disk);
    return disk;
  }

  /**
   * Cuts the power: nothing that was not flushed remains.
   * @param stopWriters suspends every process that writes to the disk
   * @param killWriters ends them
   * @returns false if a file that was not flushed is still there, because the system has written it meanwhile: such a cut
   *   proves nothing
   */
  async cutPower(stopWriters: () => void, killWriters: () => Promise<void>): Promise<boolean> {
    const unflushed = join(this.folder, 'unflushed');
    writeFileSync(unflushed, Buffer.alloc(unflushedBytes, 1));
    stopWriters();
    const copy = `${this.#image}.copy`;
    run('cp', '--sparse=always', this.#image, copy);
    await killWriters();
    this.unmount();
    renameSync(copy, this.#image);
    this.mount();
    const hasLost = !existsSync(unflushed) || statSync(unflushed).size < unflushedBytes;
    rmSync(unflushed, { force: true });
    return hasLost;
  }

  /** Writes everything that is not yet in the image. */
  flush(): void {
    run('sync', '-f', this.folder);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const ballast = openSync(this.ballast, 'w');
    const block = Buffer.alloc(64 * 1024, 1);
    try {
      for (;;) writeSync(ballast, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(ballast);
    }
  }

  /** Undoes `fill`. */
  free(): void {
    rmSync(this.ballast, { force: true });
  }

  remove(): void {
    if (!mounted.delete(this)) return;
    this.unmount();
    this.removeFolders();
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }

  /** ext4 flushes everything each five seconds by default. */
  private mount(): void {
    run('mount', '-o', 'loop,commit=300', this.#image, this.folder);
  }

  private unmount(): void {
    run('umount', '-l', this.folder);
  }

  private removeFolders(): void {
    for (const folder of [this.folder, this.#home]) rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...options: string[]): void {
  execFileSync(command, options, { stdio: 'pipe' });
}
