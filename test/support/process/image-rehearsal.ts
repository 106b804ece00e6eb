import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOf, isIgnored, readStages, type Instruction } from './dockerfile.js';
import { newFolder, root } from './program.js';

/** The user `nobody`, if this one may become that: the build and the server must not need root. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Follows the Dockerfile in a new directory, for machines without a container engine. */
export class ImageRehearsal {
  readonly #folder = newFolder();
  readonly #stages = readStages();
  readonly environment: Record<string, string> = {};

  /** A path of the image on this machine. */
  path(inImage: string): string {
    return join(this.#folder, 'image', inImage);
  }

  /** The command with which the container starts, or with which it is checked. */
  command(name: 'CMD' | 'HEALTHCHECK'): string[] {
    return commandOf(this.#stages.at(-1) ?? [], name);
  }

  /** What `spawn` needs to run a command as the container would. */
  get options() {
    const home = join(this.#folder, 'home');
    const { PATH = '' } = process.env;
    return { cwd: this.path('app'), env: { PATH, HOME: home, ...this.environment }, ...unprivileged };
  }

  build(): void {
    // Temporary directories are closed to other users.
    for (const folder of [dirname(this.#folder), this.#folder]) chmodSync(folder, 0o711);
    const [build = [], image = []] = this.#stages;
    for (const name of ['home', 'build/app', 'image/app']) this.makeFolder(name);
    for (const instruction of build) this.follow('build', instruction);
    for (const instruction of image) this.follow('image', instruction);
    // As with a read-only root file system.
    execFileSync('chmod', ['-R', 'a-w', this.path('app')]);
  }

  private follow(stage: 'build' | 'image', { name, text }: Instruction): void {
    const folder = join(this.#folder, stage, 'app');
    if (name === 'RUN') this.run(text, folder);
    else if (name === 'ENV') {
      for (const pair of text.split(' ')) {
        const [key = '', value = ''] = pair.split('=');
        this.environment[key] = value.startsWith('/') ? this.path(value) : value;
      }
    } else if (name === 'COPY') {
      const [from, ...paths] = text.startsWith('--from=build ')
        ? ['build', ...text.split(' ').slice(1)]
        : ['', ...text.split(' ')];
      const target = paths.pop() ?? '';
      for (const path of paths) {
        if (from === 'build')
          copy(join(this.#folder, 'build', path), join(folder, isFolder(target) ? path.slice(5) : target));
        else for (const file of contextFiles(path)) copy(join(root, file), join(folder, file));
      }
    }
  }

  private run(command: string, cwd: string): void {
    const owner = unprivileged.uid === undefined ? '' : '-o nobody -g nogroup';
    const here = command.replaceAll('-o node -g node', owner).replaceAll(' /data', ` ${this.path('data')}`);
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: join(this.#folder, 'home') };
    const user = here.startsWith('install') ? {} : unprivileged;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', here], { cwd, env, encoding: 'utf8', ...user });
    if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
  }

  private makeFolder(name: string): void {
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    if (unprivileged.uid !== undefined) chownSync(folder, unprivileged.uid, unprivileged.gid);
  }
}

/** The files that the build gets: what is in git, but for .dockerignore. */
function contextFiles(path: string): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', path], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((file) => file !== '' && !isIgnored(file));
}

function isFolder(target: string): boolean {
  return target.endsWith('./');
}

function copy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  if (unprivileged.uid !== undefined) execFileSync('chown', ['-R', 'nobody:nogroup', target]);
}
