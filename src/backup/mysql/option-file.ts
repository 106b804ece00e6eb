import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { MysqlConfig } from '../../config/config.js';

/** What a client program gets instead of options on its command line, which other users can see. */
export interface OptionFile {
  /** As the program finds it. */
  path: string;
  /** What the program inherits from its fourth descriptor on. */
  descriptors: number[];
  close(): void;
}

/**
 * Writes how to connect, with the password, to files that lose their names as soon as they are open: programs inherit
 * their descriptors, and a kill leaves no file behind.
 * @param isMariadb whether the programs are MariaDB's
 */
export function openOptionFile(config: MysqlConfig, isMariadb: boolean): OptionFile {
  const usesSystem = config.tls === 'verify' && config.tlsCaFile === undefined;
  const caFile = config.tlsCaFile === undefined ? descriptorPath(1) : resolve(config.tlsCaFile);
  const lines = ['[client]', ...connectionLines(config), ...tlsLines(config.tls, caFile, isMariadb), ''];
  const texts = [lines.join('\n'), ...(usesSystem ? [rootCertificates.join('\n')] : [])];
  const descriptors = texts.map(openUnnamed);
  return {
    path: descriptorPath(0),
    descriptors,
    close: () => {
      for (const descriptor of descriptors) closeSync(descriptor);
    },
  };
}

function connectionLines({ host, port, username, password }: MysqlConfig): string[] {
  return [
    `host=${quote(host)}`,
    `port=${port}`,
    'protocol=tcp',
    `user=${quote(username)}`,
    `password=${quote(password)}`,
  ];
}

function tlsLines(tls: MysqlConfig['tls'], caFile: string, isMariadb: boolean): string[] {
  const ca = `ssl-ca=${quote(caFile)}`;
  if (!isMariadb) {
    const modes = { off: 'DISABLED', unverified: 'REQUIRED', verify: 'VERIFY_IDENTITY' };
    return [`ssl-mode=${modes[tls]}`, ...(tls === 'verify' ? [ca] : [])];
  }
  // A client from 11.4 on verifies unless it is told not to.
  if (tls === 'off') return ['skip-ssl', 'disable-ssl-verify-server-cert'];
  return tls === 'unverified' ? ['ssl', 'disable-ssl-verify-server-cert'] : ['ssl', 'ssl-verify-server-cert', ca];
}

/** The path by which a program opens a descriptor that it has inherited. @param index in `descriptors` */
function descriptorPath(index: number): string {
  return `/dev/fd/${index + 3}`;
}

function openUnnamed(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'chat-store-'));
  try {
    const file = join(folder, 'options');
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Option files know these escapes within quotes. */
function quote(text: string): string {
  const escapes: Record<string, string> = {
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\b': '\\b',
    '\\': '\\\\',
    '"': '\\"',
  };
  return `"${text.replaceAll(/[\n\r\t\b\\"]/g, (character) => escapes[character] ?? '')}"`;
}
