// A private throwaway MariaDB with its own folder and port, removed when it stops.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const binaries = ['mariadbd', 'mariadb-install-db', 'mariadb-admin'];

export function mariadbIsInstalled() {
  return binaries.every((name) => {
    try {
      execFileSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v ${name}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * @param {import('./mariadb.d.mts').ServerSettings} [settings]
 * @param {string} [parent] the folder in which it gets its own
 * @returns {Promise<import('./mariadb.d.mts').Mariadb>}
 */
export async function startMariadb(settings, parent = tmpdir()) {
  const folder = mkdtempSync(join(parent, 'chat-db-'));
  const user = userInfo().username;
  const port = await freePort();
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };
  await promisify(execFile)(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${folder}/data`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      `--user=${user}`,
      '--innodb-log-file-size=16M',
    ],
    { env },
  );
  const server = {
    url: `mysql://root@127.0.0.1:${port}/`,
    pid: 0,
    process: undefined,
    async start({ options = [], optionFile = [] } = {}) {
      writeFileSync(`${folder}/my.cnf`, ['[mariadbd]', ...optionFile, ''].join('\n'));
      this.process = spawn(
        'mariadbd',
        [
          `--defaults-file=${folder}/my.cnf`,
          `--datadir=${folder}/data`,
          // Its own: a server that starts removes the temporary tables of others there.
          `--tmpdir=${folder}`,
          `--socket=${folder}/s.sock`,
          `--pid-file=${folder}/pid`,
          `--log-error=${folder}/error.log`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          `--user=${user}`,
          '--skip-name-resolve',
          '--innodb-buffer-pool-size=128M',
          '--innodb-log-file-size=16M',
          '--innodb-flush-log-at-trx-commit=1',
          '--innodb-flush-method=nosync',
          '--sync-frm=OFF',
          '--max-connections=500',
          '--character-set-server=utf8mb4',
          '--collation-server=utf8mb4_unicode_ci',
          ...options,
        ],
        { env, stdio: 'ignore' },
      );
      this.pid = this.process.pid;
      for (let attempt = 0; attempt < 300; attempt++) {
        if (this.process.exitCode !== null) break;
        try {
          execFileSync('mariadb-admin', ['--no-defaults', `--socket=${folder}/s.sock`, '-uroot', 'ping'], {
            env,
            stdio: 'ignore',
          });
          return;
        } catch {
          await sleep(50);
        }
      }
      throw new Error(`the throwaway MariaDB did not start: see ${folder}/error.log`);
    },
    get hasEnded() {
      return this.process.exitCode !== null || this.process.signalCode !== null;
    },
    kill(signal) {
      this.process.kill(signal);
    },
    async restart(settings) {
      await this.end();
      await this.start(settings);
    },
    async end(signal = 'SIGTERM') {
      if (!this.hasEnded) {
        const ended = new Promise((resolve) => this.process.once('exit', resolve));
        this.process.kill(signal);
        await ended;
      }
    },
    async stop() {
      await this.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start(settings);
  return server;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
