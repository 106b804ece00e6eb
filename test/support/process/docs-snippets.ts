import { readFileSync } from 'node:fs';
import { request, type Agent } from 'node:https';
import { join } from 'node:path';
import type { Certificate } from '../http/certificate.js';
import { nginxPath } from '../run/installed.mjs';
import { Program, root, until } from './program.js';

export const siteName = 'moodle.example.org';

/** A code block of docs/moodle.md. */
export function recipe(language: string, beginning: string, part: string, values: Record<string, string> = {}): string {
  return snippet('docs/moodle.md', language, beginning, values, part);
}

/**
 * A code block of this language in a document, with its values replaced: the only one with this beginning and this part.
 * @throws if a value is not in the block
 */
export function snippet(
  document: string,
  language: string,
  beginning: string,
  values: Record<string, string> = {},
  part = '',
): string {
  const page = readFileSync(join(root, document), 'utf8');
  const blocks = [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, , name]) => name === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
  const found = blocks.filter((text) => text.startsWith(beginning) && text.includes(part));
  const [block = ''] = found;
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks that begin with ${beginning}`);
  return Object.entries(values).reduce((changed, [old, value]) => {
    if (!changed.includes(old)) throw new Error(`${document} does not contain ${old}`);
    return changed.replaceAll(old, value);
  }, block);
}

/** nginx in front of the server, as a separate process. */
export class Nginx {
  private constructor(
    private readonly program: Program,
    readonly port: number,
    private readonly certificate: Certificate,
  ) {}

  /** Starts it with `nginx.conf` in this folder, whose first server listens on this port. */
  static async start(folder: string, port: number, certificate: Certificate): Promise<Nginx> {
    const program = new Program(
      [nginxPath() ?? 'nginx', '-p', folder, '-e', 'error.log', '-c', join(folder, 'nginx.conf')],
      { folder },
    );
    const nginx = new Nginx(program, port, certificate);
    await until('nginx listens', 30_000, async () => {
      if (program.hasEnded) throw new Error(`nginx has ended: ${program.stderr}`);
      return nginx.call('GET', '/livez').then(
        () => true,
        () => false,
      );
    });
    return nginx;
  }

  /** A whole configuration around the `server` blocks of the page. */
  static configuration(servers: string): string {
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path tmp-${name};`);
    return [
      // One process: nothing is left when it is killed.
      'daemon off; master_process off; pid nginx.pid; error_log error.log warn; events {}',
      `http { access_log off; ${paths.join(' ')}\n${servers}}`,
    ].join('\n');
  }

  stop(): Promise<unknown> {
    return this.program.end();
  }

  /** Sends a request with the host name of the site, like a browser; by default on a connection of its own. */
  call(
    method: string,
    path: string,
    {
      headers = {},
      body,
      agent = false,
    }: { headers?: Record<string, string>; body?: string; agent?: Agent | false } = {},
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const options = {
        ...{ host: '127.0.0.1', port: this.port, servername: siteName, ca: this.certificate.cert, agent },
        ...{ method, path, headers: { host: siteName, ...headers } },
      };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
