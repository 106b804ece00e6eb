import { isFull } from '../../support/run/full.js';
import { TestServer } from '../../support/http/server.js';
import { runPrograms, tableOf } from '../../support/model/run.js';

const { MODEL_PROGRAMS: given } = process.env;
/** On each engine; the seeds differ. */
const programs = Number(given ?? (isFull ? 250 : 25));
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
/** For one program on a busy machine, and for making a failing one smaller, in ms. */
const [maxMsEach, maxMsShrinking] = [2000, 300_000];

describe(`random programs of requests, MODEL_PROGRAMS=${programs} TEST_SEED=${seed}`, () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it(
    'leave what a model in memory has',
    async () => {
      const requests = await runPrograms(server, { numRuns: programs, seed });
      // Programs without requests would show nothing.
      expect(requests.length).toBeGreaterThan(programs * 5);
      if (given !== undefined) process.stdout.write(`${tableOf(requests)}\n`);
    },
    maxMsShrinking + programs * maxMsEach,
  );
});
