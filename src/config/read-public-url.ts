import type { EnvReader } from './env-reader.js';
import { plainPathPrefix, readHttpUrl } from './urls.js';

/** The URL under which a reverse proxy publishes this server, with a plain path; undefined if PUBLIC_URL is not set. */
export function readPublicUrl(reader: EnvReader): URL | undefined {
  const url = readHttpUrl(reader, 'PUBLIC_URL', { allowInsecure: true, insecureMessage: '' });
  if (url && plainPathPrefix(url.pathname) === undefined) {
    reader.addProblem(
      'PUBLIC_URL',
      'must have a plain path: segments of A-Z, a-z, 0-9, ., _, ~ and -, at most 200 characters',
    );
  }
  return url;
}
