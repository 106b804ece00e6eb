import { pino } from 'pino';
import { createApp } from '../../../src/app.setup.js';
import { TokenIssuer } from '../../../src/auth/token-issuer.js';
import { readConfig } from '../../../src/config/read-config.js';
import { DatabaseStarter } from '../../../src/database/connection/database-starter.js';
import type { Owner } from '../../../src/owners/owner.js';
import type { TestDatabase } from '../database/test-database.js';
import { LegacyClient } from '../legacy/client.js';
import { Client } from '../rest/client.js';

/** Who speaks for an owner: a page of the plugin's, or a REST client. */
export interface Clients {
  page: (owner: Owner) => Promise<LegacyClient>;
  client: (owner: Owner) => Promise<Client>;
}

/** A server on this database, for as long as the work takes: the embedded file belongs to one process. */
export async function serve<Result>(
  { environment }: TestDatabase,
  work: (clients: Clients) => Promise<Result>,
): Promise<Result> {
  const config = readConfig({ ...environment, PORT: '0' });
  const app = await createApp(config, pino({ level: 'silent' }));
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
    await app.get(DatabaseStarter, { strict: false }).start();
    const url = await app.getUrl();
    const token = (owner: Owner) => app.get(TokenIssuer, { strict: false }).issue(owner, 3600);
    return await work({
      page: async (owner) => new LegacyClient(url, await token(owner), owner),
      client: async (owner) => new Client(url, await token(owner), owner),
    });
  } finally {
    await app.close();
  }
}
