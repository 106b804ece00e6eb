import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import type { SslOptions } from 'mysql2';
import { configurationError } from '../../common/startup-error.js';
import type { MysqlConnection, TlsConfig } from '../../config/config.js';

/** Options of the driver for every connection to MariaDB or MySQL, without those that TypeORM names differently. */
export function connectionOptions(server: MysqlConnection & TlsConfig, connectTimeout: number) {
  const { host, port, password, database, tls } = server;
  const ssl = tlsOptions(server);
  return {
    ...{ host, port, password, database, connectTimeout },
    ...(ssl && { ssl }),
    ...(tls === 'verify' && isIP(host) !== 0 && { stream: () => connectByAddress(host, port) }),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: false,
    enableKeepAlive: true,
  };
}

/**
 * mysql2 gives Node the name of the server for TLS only when it is not an IP address. Node then takes the host that the
 * socket connected to, which it records only for names, and at last "localhost": a certificate for localhost would be
 * accepted for every IP address.
 */
function connectByAddress(host: string, port: number): Socket {
  const socket = connect(port, host);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return Object.assign(socket, { _host: host });
}

/** @throws StartupError when the file of the certificate authority cannot be read */
function tlsOptions(config: TlsConfig): SslOptions | undefined {
  if (config.tls === 'off') return undefined;
  if (config.tls === 'unverified') return { rejectUnauthorized: false };
  if (config.tlsCaFile === undefined) return { rejectUnauthorized: true, verifyIdentity: true };
  try {
    return { rejectUnauthorized: true, verifyIdentity: true, ca: readFileSync(config.tlsCaFile, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw configurationError(`DATABASE_TLS_CA cannot be read (${code ?? 'unknown'})`);
  }
}

/**
 * What of the certificate did not match the host, in Node's words; undefined for every other error. mysql2 replaces
 * Node's error code, but not its other properties.
 */
export function certificateMismatch(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { driverError = error } = error as { driverError?: object };
  const { reason, host } = driverError as { reason?: unknown; host?: unknown };
  return typeof reason === 'string' && typeof host === 'string' ? reason : undefined;
}
