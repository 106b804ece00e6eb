import { join } from 'node:path';
import { OtlpReceiver, newParent } from '../support/http/otlp-receiver.js';
import { deadUrl } from '../support/legacy/upstream.js';
import { endPrograms, mainProgram, newFolder, root, type Environment } from '../support/process/program.js';
import { ServerProcess, logOf } from '../support/process/server.js';
import { waitUntil } from '../support/run/wait-until.js';

/** Far more than the second that sending may take: the machine may be busy. */
const maxStopMs = 15_000;
const lost = 'Traces could not be sent';

describe('a server that sends traces', () => {
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(async () => {
    await endPrograms();
    await receiver.stop();
  });

  const start = (url: string) =>
    ServerProcess.start({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '200' });
  const ask = async (server: ServerProcess) => {
    const { traceparent, traceId } = newParent();
    expect((await fetch(`${server.url}/livez`, { headers: { traceparent } })).status).toBe(200);
    return traceId;
  };
  /** Stops the server. @returns the lines of its log about lost traces */
  const stop = async (server: ServerProcess): Promise<string[]> => {
    const start = performance.now();
    const ending = await server.end();
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - start).toBeLessThan(maxStopMs);
    return logOf(ending)
      .map(({ msg }) => msg)
      .filter((message) => message.startsWith(lost));
  };

  it('sends what is not sent yet when it stops', async () => {
    const server = await start(receiver.url);
    const traceId = await ask(server);
    expect(await stop(server)).toEqual([]);
    expect(receiver.spans.filter((span) => span.traceId === traceId)).toHaveLength(1);
  });

  it('answers and stops while nothing listens there, and says so once', async () => {
    const server = await start(await deadUrl());
    await ask(server);
    expect(await stop(server)).toHaveLength(1);
  });

  it('answers and stops while the receiver does not answer', async () => {
    receiver.answer = () => undefined;
    const server = await start(receiver.url);
    await ask(server);
    await waitUntil(() => receiver.bodies.length > 0);
    await ask(server);
    expect(await stop(server)).toHaveLength(1);
  });

  it('says once that the receiver refuses traces, however often, and not how', async () => {
    receiver.answer = (response) => response.writeHead(500).end('the secret words of the receiver');
    const server = await start(receiver.url);
    for (let count = 1; count <= 3; count++) {
      await ask(server);
      await waitUntil(() => receiver.bodies.length >= count);
    }
    expect(await stop(server)).toHaveLength(1);
    expect(server.program.stdout).toContain('"reason":"500"');
    expect(server.program.stdout).not.toContain('secret words');
  });
});

describe('the packages of OpenTelemetry', () => {
  afterEach(endPrograms);

  const [node = '', main = ''] = mainProgram;
  const command = [node, '--import', join(root, 'test/support/process/loaded-packages.mjs'), main];
  const loaded = async (environment: Environment) => {
    const server = await ServerProcess.start(environment, newFolder(), command);
    await (await server.client()).newSession();
    const { stdout } = await server.end();
    return /^loaded: (.*)$/m.exec(stdout)?.[1];
  };

  it('are loaded only with OTEL_EXPORTER_OTLP_ENDPOINT', async () => {
    expect(await loaded({})).toBe('');
    expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: await deadUrl() })).toContain('@opentelemetry/sdk-trace');
  });
});
