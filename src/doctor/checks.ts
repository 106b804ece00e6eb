import type { StartupError } from '../common/startup-error.js';
import type { Config } from '../config/config.js';
import type { DatabaseInspector } from '../database/inspection/database-inspector.js';
import type { Check, Lane, Surroundings } from './check.js';
import { checkBuild } from './checks/build-check.js';
import { checkConfiguration } from './checks/configuration-check.js';
import { databaseChecks } from './checks/database-checks.js';
import { checkDataDirectory, checkDisk } from './checks/folder-checks.js';
import { checkNode } from './checks/node-check.js';
import { checkKeyServer, checkMoodleDatabase, checkMoodleUrls, checkUpstream } from './checks/other-server-checks.js';
import { checkPublicUrl, checkTrustedProxies } from './checks/proxy-checks.js';
import { checkOrigins, checkServer } from './checks/server-checks.js';
import { askRunningServer, type RunningServer } from './running-server.js';

const define = (lane: Lane, name: string, title: string, run: Check['run']): Check => ({ lane, name, title, run });

/** The checks that need no configuration, and its own. */
export function basicChecks(
  environment: Record<string, string | undefined>,
  configuration: Config | StartupError,
  surroundings: Surroundings,
): Check[] {
  return [
    define('machine', 'node', 'Node', () => checkNode(surroundings)),
    define('machine', 'version', 'Version', () => checkBuild(surroundings)),
    define('machine', 'configuration', 'Configuration', () => checkConfiguration(environment, configuration)),
  ];
}

/** The checks of everything that the configuration names. */
export function configuredChecks(config: Config, inspector: DatabaseInspector, surroundings: Surroundings): Check[] {
  const { http, production } = config;
  let server: Promise<RunningServer | undefined> | undefined;
  const findServer = () => (server ??= askRunningServer(http));
  const database = databaseChecks(inspector, config, surroundings, findServer);
  return [
    define('machine', 'data_directory', 'Data directory', () => checkDataDirectory(config)),
    ...database,
    // After the others of the database: they decide whether it can be asked.
    define('database', 'disk_space', 'Disk space', async () => {
      try {
        return await checkDisk(config, surroundings, () => inspector.space());
      } finally {
        // On SQLite a server may start now.
        await inspector.close();
      }
    }),
    define('server', 'server', 'Server', async () => checkServer(await findServer(), http)),
    define('server', 'origins', 'Origins', async () => checkOrigins(http, await findServer(), production)),
    define('public', 'public_url', 'Public URL', () => checkPublicUrl(http)),
    define('machine', 'trusted_proxies', 'Trusted proxies', () => checkTrustedProxies(http)),
    define('moodle', 'moodle_urls', 'Moodle', () => checkMoodleUrls(config)),
    define('moodle-database', 'moodle_database', "Moodle's database", () => checkMoodleDatabase(config)),
    define('keys', 'key_server', 'Key server', () => checkKeyServer(config)),
    define('upstream', 'legacy_upstream', 'Original endpoint', () => checkUpstream(config)),
  ];
}
