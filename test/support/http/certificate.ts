import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  keyFile: string;
  certificateFile: string;
  key: Buffer;
  cert: Buffer;
}

/** Makes a self-signed certificate and its key in this folder. @param names like `DNS:localhost,IP:127.0.0.1` */
export function makeCertificate(folder: string, names: string): Certificate {
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const options = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const files = ['-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', ['req', ...options.split(' '), '-addext', `subjectAltName=${names}`, ...files], {
    stdio: 'pipe',
  });
  return { keyFile, certificateFile, key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
}
