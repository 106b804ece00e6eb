import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readConfig } from '../../src/config/read-config.js';
import { freePort } from '../support/database/mariadb.mjs';
import { snippet } from '../support/process/docs-snippets.js';
import { Program, endPrograms, newFolder, root, until } from '../support/process/program.js';

const page = 'docs/operations.md';

describe('docs/operations.md', () => {
  afterEach(endPrograms);

  it('writes settings that only their owner can read, and starts the server with them', async () => {
    const file = join(newFolder(), 'chat-store.env');
    const ports = { main: String(await freePort()), health: String(await freePort()) };
    execFileSync('sh', ['-c', snippet(page, 'sh', '(umask 077; cat > /etc', { '/etc/chat-store.env': file })]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const settings = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
    const config = readConfig({ ...settings, NODE_ENV: 'production' });
    expect(config).toMatchObject({ production: true, database: { engine: 'mysql', database: 'chats' } });

    // On SQLite: the test has another MariaDB than the page.
    const command = snippet(page, 'sh', 'env $(cat', {
      '/etc/chat-store.env': file,
      ' node ': ` DATABASE_URL= PORT=${ports.main} HEALTH_PORT=${ports.health} node `,
    });
    const program = new Program(['sh', '-c', `exec ${command.replace('dist/', join(root, 'dist/'))}`]);
    await until('it is ready', 45_000, () =>
      fetch(`http://127.0.0.1:${ports.health}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    expect(await (await fetch(`http://127.0.0.1:${ports.health}/metrics`)).text()).toContain('chat_store_info');
    expect(await program.end()).toMatchObject({ code: 0 });
  });

  it('builds as the image does', () => {
    const build = snippet(page, 'sh', 'ln -sfn /opt/chat-store-0.1.0 /opt/chat-store\ncd')
      .split('\n')
      .join(' && ')
      .split(' && ');
    const image = readFileSync(join(root, 'Dockerfile'), 'utf8')
      .replaceAll(' --no-audit --no-fund', '')
      .replace(/(prune.*) --ignore-scripts/, '$1');
    for (const step of build.filter((one) => one.startsWith('npm '))) expect(image).toContain(`RUN ${step}\n`);
  });

  it('runs other programs as the unit runs the server', () => {
    const unit = readFileSync(join(root, 'deploy/systemd/chat-store.service'), 'utf8');
    const settings = ['User', 'Group', 'UMask', 'Environment', 'EnvironmentFile', 'WorkingDirectory'].map(
      (name) => new RegExp(`^${name}=.*$`, 'm').exec(unit)?.[0] ?? `no ${name}`,
    );
    const { command } = commandForRoot();
    for (const setting of settings)
      expect(command).toContain(setting.includes(' ') ? `-p '${setting}'` : `-p ${setting}`);
    expect(command).toContain(` ${/^ExecStart=(\S+ dist)/m.exec(unit)?.[1]}/src/cli/`.replace(' dist', ' "dist'));
  });

  it('ends another program as it ends, and refuses an unknown one', async () => {
    const { run } = commandForRoot('exit 3');
    expect(await run('doctor', '--json').ended).toMatchObject({ code: 3, stdout: 'dist/src/cli/doctor.js --json\n' });
    expect(await run('nothing').ended).toMatchObject({ code: 78, stdout: '' });
    expect((await run().ended).stderr).toMatch(/^usage: /);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops another program on %s', async (signal, code) => {
    const { folder, run } = commandForRoot('echo $$ > pid; exec sleep 60');
    const program = run('backup');
    await until('it runs', 30_000, () => Promise.resolve(existsSync(join(folder, 'pid'))));
    program.signal(signal);
    expect(await program.ended).toMatchObject({ code });
    expect(readFileSync(join(folder, 'stopped'), 'utf8')).toBe(`stop chat-store-backup-${program.pid}\n`);
  });

  it('names every metric of the service', () => {
    const text = readFileSync(join(root, page), 'utf8');
    const metrics = readFileSync(join(root, 'src/metrics/metrics-registry.ts'), 'utf8');
    const named = [...text.matchAll(/^\| `(\w+)` +\| .*\|$/gm)].map(([, name = '']) => name);
    expect(named).toHaveLength(7);
    expect(named.filter((name) => !new RegExp(`'(chat_store_)?${name}'`).test(metrics))).toEqual([]);
  });
});

/** deploy/systemd/chat-store for this folder, where `systemd-run` prints the program and its options and then does this. */
function commandForRoot(does = '') {
  const folder = newFolder();
  const command = readFileSync(join(root, 'deploy/systemd/chat-store'), 'utf8');
  const programs = {
    'chat-store': command.replace('"/opt/chat-store/', `"${root}/`),
    'systemd-run': `#!/bin/sh\nwhile [ "$1" != /usr/bin/node ]; do shift; done\nshift\necho "$@"\n${does}\n`,
    systemctl: '#!/bin/sh\necho "$@" > stopped\nkill "$(cat pid)"\n',
  };
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(bin, name), text, { mode: 0o755 });
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  return {
    folder,
    command,
    run: (...options: string[]) => new Program([join(bin, 'chat-store'), ...options], { environment, folder }),
  };
}
