import { endPrograms } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';
import { waitUntil } from '../support/run/wait-until.js';

describe('a server that is idle', () => {
  afterAll(endPrograms);

  it('returns the memory that its start has needed', async () => {
    const server = await ServerProcess.start({ LOG_LEVEL: 'debug' });
    const released = () => logOf(server.program).find(({ msg }) => msg === 'Memory released, in MB');
    await waitUntil(() => released() !== undefined, 60_000, 'a release');
    const { from, to } = released() as unknown as { from: number; to: number };
    expect(to).toBeLessThan(from * 0.95);
    expect(await server.status('/readyz')).toBe(200);
  });
});
