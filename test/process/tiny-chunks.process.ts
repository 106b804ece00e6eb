import { once } from 'node:events';
import { connect } from 'node:net';
import { endPrograms, mainProgram } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';

const heapMebibytes = 128;
const [node = '', ...program] = mainProgram;

describe('a body in chunks of one byte, of a caller without a credential', () => {
  afterEach(endPrograms);

  it('does not fill the memory of the server: a megabyte of them is read with little', async () => {
    const command = [node, `--max-old-space-size=${heapMebibytes}`, ...program];
    const server = await ServerProcess.start({}, undefined, command);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    socket.write('POST /mod/writeassistdev/ajax.php HTTP/1.1\r\nHost: localhost\r\n');
    socket.write('Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunks = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    for (let count = 0; count < 100; count++) if (!socket.write(chunks)) await once(socket, 'drain');
    socket.write('0\r\n\r\n');
    const [answer] = await answered;
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 [^]*"malformed_json"/);
    expect(await server.status('/readyz')).toBe(200);
  });
});
