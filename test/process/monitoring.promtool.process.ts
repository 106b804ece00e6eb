import { spawnSync } from 'node:child_process';
import { freePort } from '../support/database/mariadb.mjs';
import { promtoolPath } from '../support/run/installed.mjs';
import { endPrograms } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';
import { expectStatus } from '../support/rest/client.js';

/** Runs promtool, and returns its exit code and what it printed. */
function promtool(args: string[], input?: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(promtoolPath() ?? 'promtool', args, { input, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('deploy/monitoring', () => {
  it.each([
    ['check', 'config', 'deploy/monitoring/prometheus.yml'],
    ['check', 'rules', 'deploy/monitoring/alerts.yml'],
    ['test', 'rules', 'deploy/monitoring/alerts.test.yml'],
  ])('passes promtool %s %s %s', (...args) => {
    const { status, output } = promtool(args);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

describe('/metrics', () => {
  afterEach(endPrograms);

  it('passes promtool check metrics', async () => {
    const healthPort = await freePort();
    const server = await ServerProcess.start({ HEALTH_PORT: String(healthPort), METRICS: 'on' });
    const client = await server.client();
    expectStatus(await client.save(await client.newSession(), { content: 'x' }), 201);
    await client.call('GET', '/nothing');
    const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    expect(text).toContain('chat_store_saves_total{outcome="saved"} 1');
    const { status, output } = promtool(['check', 'metrics'], text);
    // Names that prom-client gives the metrics of Node.
    expect(output.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'))).toEqual([]);
    expect([0, 3]).toContain(status);
  });
});
