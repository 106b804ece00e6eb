import { createServer, type AddressInfo, type Socket } from 'node:net';
import { UnreachableError } from '../common/unreachable-error.js';
import { Tracer } from '../common/tracer.js';
import { readConfig } from '../config/read-config.js';
import { sampleEnvironment } from '../openapi/sample-config.js';
import { CourseModulesRepository } from './course-modules.repository.js';
import { MoodleClient } from './moodle-client.js';

const login = { cookie: 'c'.repeat(26), sesskey: '2eswizBaBL', cmid: 12, ip: undefined };

describe('a Moodle that cannot be reached', () => {
  let port: number;
  let config: ReturnType<typeof readConfig>;

  beforeAll(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    await new Promise((resolve) => server.close(resolve));
    config = readConfig({
      ...sampleEnvironment,
      AUTH: 'moodle',
      JWT_SECRET: 'of-the-tests-of-the-moodle-client-alone',
      MOODLE_URL: `http://127.0.0.1:${port}`,
      MOODLE_AJAX_URL: `http://localhost:${port}/mod/writeassistdev/ajax.php`,
      MOODLE_DATABASE_URL: `mysql://chat:hunter2@127.0.0.1:${port}/moodle`,
    });
  });

  const failure = (answer: Promise<unknown>) => answer.catch((error: unknown) => error);

  it('is named by its variable and its address', async () => {
    const client = new MoodleClient(config, new Tracer());
    const { signal } = new AbortController();
    expect(await failure(client.session(login, signal))).toMatchObject({
      variable: 'MOODLE_URL',
      address: `127.0.0.1:${port}`,
    });
    expect(await failure(client.checkAccess(login, signal))).toMatchObject({
      variable: 'MOODLE_AJAX_URL',
      address: `localhost:${port}`,
    });
    const repository = new CourseModulesRepository(config, new Tracer());
    const error = await failure(repository.activityOf(12));
    await repository.onApplicationShutdown();
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toMatchObject({ variable: 'MOODLE_DATABASE_URL', address: `127.0.0.1:${port}` });
    expect((error as Error).message).not.toContain('hunter2');
  });
});

describe('a Moodle that does not answer as it should', () => {
  it.each([
    ['with the error of a web server', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', 'status 502'],
    ['half', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[', undefined],
  ])('%s is named by its variable and its address', async (_, answer, detail) => {
    const server = createServer((socket: Socket) => socket.once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const config = readConfig({
      ...sampleEnvironment,
      AUTH: 'moodle',
      JWT_SECRET: 'of-the-tests-of-the-moodle-client-alone',
      MOODLE_URL: url,
      MOODLE_AJAX_URL: `${url}/mod/writeassistdev/ajax.php`,
      MOODLE_DATABASE_URL: 'mysql://chat@127.0.0.1/moodle',
    });
    const client = new MoodleClient(config, new Tracer());
    const { signal } = new AbortController();
    const failures = await Promise.allSettled([client.session(login, signal), client.checkAccess(login, signal)]);
    await new Promise((resolve) => server.close(resolve));
    const reasons = failures.map((failure) => (failure.status === 'rejected' ? (failure.reason as unknown) : failure));
    const cause: unknown =
      detail === undefined ? expect.anything() : { message: expect.stringContaining(detail) as string };
    expect(reasons).toMatchObject(
      ['MOODLE_URL', 'MOODLE_AJAX_URL'].map((variable) => ({ variable, address: `127.0.0.1:${port}`, cause })),
    );
  });
});
