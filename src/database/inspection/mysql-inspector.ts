import type { QueryRunner } from 'typeorm';
import { failure, ok, warning, type Finding } from '../../common/finding.js';
import { isLoopback } from '../../common/net.js';
import type { Config, MysqlConfig } from '../../config/config.js';
import { durabilityFindings, readDurability } from '../connection/durability.js';
import { checkTables, limitWarnings, readServerLimits } from '../connection/server-checks.js';
import { describeServer } from '../connection/startup-errors.js';
import { createDataSource } from '../data-source.js';
import { proveStoreSession, tryLogin } from '../mysql/session-proof.js';
import { proveStorage } from '../mysql/storage-proof.js';
import { DatabaseInspector, type DatabaseSpace } from './database-inspector.js';

/** Connections for statements that hang, besides one that does not. */
const poolSize = 10;
/** The versions that the tests run on, or newer. */
const testedMariadb = [10, 11] as const;
const oldestMysql = [8, 0] as const;

const clockWarningMs = 2000;
const clockErrorMs = 60_000;

/** A database of MariaDB or MySQL. */
export class MysqlInspector extends DatabaseInspector {
  readonly #config: MysqlConfig;

  constructor(
    config: MysqlConfig,
    private readonly service: Pick<Config, 'production' | 'maxContentBytes'>,
  ) {
    super(createDataSource({ ...config, poolSize }), config);
    this.#config = config;
  }

  override async open(): Promise<Finding[]> {
    await tryLogin(this.#config, this.server);
    return [ok(`${this.server} accepts the user ${JSON.stringify(this.#config.username)}`)];
  }

  override async characters(): Promise<Finding[]> {
    await proveStoreSession(this.#config, this.server);
    await this.dataSource.initialize();
    return [ok('every character arrives and comes back')];
  }

  override async version(): Promise<Finding[]> {
    const { version } = await this.row<{ version: string }>('SELECT VERSION() AS version');
    const isMariadb = /mariadb/i.test(version);
    const oldest = isMariadb ? testedMariadb : oldestMysql;
    const name = `${isMariadb ? 'MariaDB' : 'MySQL'} ${version}`;
    if (isOlder(version, oldest)) {
      return [
        warning(`${name} is older than ${oldest.join('.')}, the oldest that this service is made for: update it.`),
      ];
    }
    return [ok(isMariadb ? name : `${name} (the tests run on MariaDB)`)];
  }

  override async durability(): Promise<Finding[]> {
    const settings = await this.withRunner(readDurability);
    return durabilityFindings(settings, this.#config, this.service.production);
  }

  override async limits(): Promise<Finding[]> {
    const limits = await this.withRunner(readServerLimits);
    const warnings = limitWarnings(limits, this.#config, this.service.maxContentBytes);
    if (warnings.length > 0) return warnings.map(warning);
    return [ok(`max_allowed_packet is ${limits.maxPacketBytes} bytes, and there are connections for the pool`)];
  }

  override async clock(now: () => number): Promise<Finding[]> {
    const before = now();
    const { time } = await this.row<{ time: string }>('SELECT CAST(UNIX_TIMESTAMP(NOW(6)) AS CHAR) AS time');
    const difference = Number(time) * 1000 - (before + now()) / 2;
    const seconds = Math.abs(difference / 1000).toFixed(1);
    if (Math.abs(difference) < clockWarningMs) return [ok(`differs from this machine's by ${seconds} s`)];
    const text =
      `The clock of ${this.server} is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} that of this machine, which ` +
      'stamps the messages. Let both follow one time server (timedatectl set-ntp true).';
    return [Math.abs(difference) < clockErrorMs ? warning(text) : failure(text)];
  }

  override async message(): Promise<Finding[]> {
    await proveStorage(this.dataSource, this.server);
    return [ok('written, read and rolled back, with every character')];
  }

  override async space(): Promise<DatabaseSpace> {
    const { bytes, directory } = await this.row<{ bytes: string | null; directory: string }>(
      `SELECT CAST(SUM(DATA_LENGTH + INDEX_LENGTH) AS CHAR) AS bytes, @@datadir AS directory FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = DATABASE()`,
    );
    return {
      bytes: bytes === null ? undefined : Number(bytes),
      directory: isLoopback(this.#config.host) ? directory : undefined,
    };
  }

  protected override checkOwnTables(runner: QueryRunner): Promise<void> {
    return checkTables(runner, this.dataSource);
  }

  private row<Row>(sql: string): Promise<Row> {
    return this.withRunner(async (runner) => {
      const [row] = (await runner.query(sql)) as [Row];
      return row;
    });
  }

  private get server(): string {
    return describeServer(this.#config);
  }
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, found = '0', foundMinor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(found) < major || (Number(found) === major && Number(foundMinor) < minor);
}
