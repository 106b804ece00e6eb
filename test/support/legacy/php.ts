import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deadUrl } from './upstream.js';
import type { TypedBody } from './bodies.js';
import { rawCall } from '../rest/raw.js';
import { phpPath } from '../run/installed.mjs';
import { waitUntil } from '../run/wait-until.js';

const script = fileURLToPath(new URL('php.php', import.meta.url));
const settings = { post_max_size: '32M', upload_max_filesize: '32M', 'arg_separator.input': '&;' };

/** What PHP has read of a request, in base64. Lists are pairs of key and value. */
export interface PhpReading {
  post: unknown;
  get: unknown;
  files: unknown[];
  /** Of the body or else the query, without the characters that Moodle removes; null for a list. */
  action: string | null;
}

/** A web server that answers each request with what PHP reads of it. */
export class Php {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<Php> {
    const url = await deadUrl();
    const options = Object.entries(settings).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
    const child = spawn(phpPath() ?? 'php', ['-n', ...options, '-S', new URL(url).host, script], { stdio: 'ignore' });
    const php = new Php(child, url);
    await waitUntil(async () => {
      if (child.exitCode !== null) throw new Error('PHP has ended');
      return fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return php;
  }

  /** Sends a form directly to PHP. */
  async read({ body, type }: TypedBody, query = ''): Promise<PhpReading> {
    const request = { method: 'POST', headers: { 'content-type': type }, body };
    return readingIn((await rawCall(this.url, `/${query}`, request)).text);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** The answer of the script, in front of which PHP may write warnings. */
export function readingIn(text: string): PhpReading {
  return JSON.parse(text.slice(text.indexOf('{"post"'))) as PhpReading;
}
