import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ShutdownState } from '../common/shutdown-state.js';
import { StartupError } from '../common/startup-error.js';
import type { Config } from '../config/config.js';
import type { VariableName } from '../config/env-variables.js';
import { DatabaseStarter } from '../database/connection/database-starter.js';
import { HealthServer } from '../health/health-server.js';
import { Metrics } from '../metrics/metrics.js';
import { HealthService } from '../health/health.service.js';

/**
 * Opens the port and waits until the database is ready. With HEALTH_PORT that port is open meanwhile, and the main port
 * opens afterwards, unless a signal has come.
 * @throws StartupError when a port cannot be opened or the database cannot be used; AbortError when the server stops
 */
export async function openPorts(app: NestFastifyApplication, { http, metrics }: Config): Promise<void> {
  const { host, port, healthPort } = http;
  const openMainPort = () => listen('PORT', `${host}:${port}`, () => app.listen({ host, port }));
  const database = app.get(DatabaseStarter, { strict: false });
  if (healthPort === undefined) {
    await openMainPort();
    await database.start();
    return;
  }
  await app.init();
  const health = new HealthServer(
    app.get(HealthService, { strict: false }),
    app.getHttpServer(),
    metrics && app.get(Metrics, { strict: false }),
  );
  await listen('HEALTH_PORT', `${host}:${healthPort}`, () => health.listen(host, healthPort));
  await database.start();
  if (!app.get(ShutdownState).isShuttingDown) await openMainPort();
}

/** @throws StartupError, which names the variable of the port, when the port cannot be opened */
async function listen(variable: VariableName, address: string, start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EADDRINUSE: `is in use by another program, or another copy of this server; choose another ${variable}`,
      EACCES: `may not be used by this user: choose a ${variable} above 1023`,
      EADDRNOTAVAIL: 'is not an address of this machine: check HOST',
      ENOTFOUND: 'cannot be resolved: check HOST',
      EAI_AGAIN: 'cannot be resolved: check HOST',
    };
    const reason = reasons[code ?? ''];
    if (reason === undefined) throw error;
    throw new StartupError([`${address} ${reason}`]);
  }
}
