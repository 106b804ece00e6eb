import { bugs } from '../../support/model/bugs.js';
import { runPrograms } from '../../support/model/run.js';
import { TestServer } from '../../support/http/server.js';

/** Programs of which one at least must fail. The seed is fixed: the mistakes are. */
const [maxPrograms, seed] = [100, 1];

describe('the programs of the model', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it.each(Object.entries(bugs))('notice when %s', async (_, plant) => {
    const undo = plant(server);
    try {
      const found = await runPrograms(server, { numRuns: maxPrograms, seed, endOnFailure: true }).catch(String);
      expect(found).toMatch(/^Error: Property failed after/);
      // A difference, and not a statement that the mistake has broken.
      expect(found).not.toContain('-> 500');
    } finally {
      undo();
    }
  });
});
