import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { createApp } from '../../../src/app.setup.js';
import { TokenIssuer } from '../../../src/auth/token-issuer.js';
import { readConfig } from '../../../src/config/read-config.js';
import { DatabaseStarter } from '../../../src/database/connection/database-starter.js';
import { DatabaseWork } from '../../../src/database/work/database-work.js';
import type { Owner } from '../../../src/owners/owner.js';
import { Client } from '../rest/client.js';
import { createDatabase, type TestDatabase } from '../database/test-database.js';
import { withoutLimits } from './without-limits.js';
import { waitUntil } from '../run/wait-until.js';
import { noteEnvironment, noteSecret, recordLog } from '../run/run-record.js';

/** A server in this process, listening on HTTP, with a fresh database of this run's engine. */
export class TestServer {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    /** Every line that the server has logged. */
    readonly log: string[],
    private readonly database: TestDatabase,
  ) {}

  /** @param through on MariaDB: returns the URL by which the server reaches the database with this URL */
  static async start(
    environment: Record<string, string> = {},
    through: (databaseUrl: string) => Promise<string> = (url) => Promise.resolve(url),
  ): Promise<TestServer> {
    const database = await createDatabase();
    const { DATABASE_URL: url } = database.environment;
    if (url !== undefined) database.environment.DATABASE_URL = await through(url);
    const log: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log.push(chunk.toString());
        recordLog(chunk.toString());
        done();
      },
    });
    noteEnvironment(environment);
    const config = readConfig({ ...database.environment, ...withoutLimits, PORT: '0', ...environment });
    const app = await createApp(config, pino({ level: config.logLevel }, sink));
    await app.listen({ host: '127.0.0.1', port: 0 });
    await app.get(DatabaseStarter, { strict: false }).start();
    return new TestServer(app, await app.getUrl(), log, database);
  }

  /** For reading what is stored, and for states that the API cannot create. */
  get dataSource(): DataSource {
    return this.app.get(DataSource, { strict: false });
  }

  async token(owner: Owner, ttlSeconds = 3600): Promise<string> {
    const token = await this.app.get(TokenIssuer, { strict: false }).issue(owner, ttlSeconds);
    noteSecret('token', token);
    return token;
  }

  /** A client for this owner; by default for a new owner. */
  async client(owner: Owner = newOwner()): Promise<Client> {
    return new Client(this.url, await this.token(owner), owner);
  }

  /** Waits until so many requests run in the database or wait there. */
  untilAtWork(requests: number): Promise<void> {
    const work = this.app.get(DatabaseWork, { strict: false });
    return waitUntil(() => work.load.running + work.load.waiting === requests);
  }

  async stop(): Promise<void> {
    try {
      await this.app.close();
    } finally {
      await this.database.drop();
    }
  }
}

let lastUser = 1000;

/** An owner that no other call of this worker has returned. */
export function newOwner(activityId = 7): Owner {
  lastUser++;
  return { userId: lastUser, activityId };
}

/** Owners that must not be taken for this one. */
export const otherOwners: [string, (owner: Owner) => Owner][] = [
  ['another user', ({ activityId }) => newOwner(activityId)],
  ['the same user in another activity', ({ userId, activityId }) => ({ userId, activityId: activityId + 1 })],
  [
    'an owner with user and activity exchanged',
    ({ userId, activityId }) => ({ userId: activityId, activityId: userId }),
  ],
];
