import { request, type RequestListener } from 'node:http';
import { pipeline } from 'node:stream';
import { blankPage, listen, type Site } from './browser.js';

/** The host name of the site; `launchBrowser` resolves it to this machine. */
export const siteName = 'moodle.example.org';

/**
 * A Moodle site with this service on its own host: it serves blank pages, and proxies some paths to the server like the
 * web server of docs/moodle.md.
 */
export function serveSite(url: string): Promise<Site> {
  const { hostname, port } = new URL(url);
  const handler: RequestListener = (call, answer) => {
    if (!/^\/(mod|api|client)\//.test(call.url ?? '')) {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(blankPage);
      return;
    }
    const onward = request(
      { hostname, port, method: call.method, path: call.url, headers: call.headers },
      (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        // Unlike `pipe`, this closes the connection when the response breaks off.
        pipeline(answered, answer, () => undefined);
      },
    );
    onward.on('error', () => answer.destroy());
    call.pipe(onward);
  };
  return listen(siteName, handler);
}
