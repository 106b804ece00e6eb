import type { QueryRunner } from 'typeorm';
import { failure, ok, warning, type Finding } from '../../common/finding.js';
import type { MysqlConfig } from '../../config/config.js';
import { describeServer } from './startup-errors.js';

/** The server's settings that decide whether a commit outlives a crash. Undefined for one that the server does not have. */
export interface DurabilitySettings {
  /** innodb_flush_log_at_trx_commit */
  flushAtCommit: number | undefined;
  syncBinlog: number | undefined;
  hasBinlog: boolean;
}

/** Both can be changed while the server runs. */
export async function readDurability(runner: QueryRunner): Promise<DurabilitySettings> {
  const rows = (await runner.query(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin')`,
  )) as { Variable_name: string; Value: string }[];
  const values = new Map(rows.map(({ Variable_name: name, Value: value }) => [name.toLowerCase(), value]));
  const numberOf = (name: string) => (values.has(name) ? Number(values.get(name)) : undefined);
  return {
    flushAtCommit: numberOf('innodb_flush_log_at_trx_commit'),
    syncBinlog: numberOf('sync_binlog'),
    hasBinlog: values.get('log_bin') === 'ON' || values.get('log_bin') === '1',
  };
}

/**
 * What these settings put at risk. An error only in production and with DATABASE_DURABILITY=full.
 * @param production `Config.production`
 */
export function durabilityFindings(
  { flushAtCommit, syncBinlog, hasBinlog }: DurabilitySettings,
  config: MysqlConfig,
  production: boolean,
): Finding[] {
  const findings: Finding[] = [];
  if (flushAtCommit === 0 || flushAtCommit === 2) findings.push(unflushed(flushAtCommit, config, production));
  else findings.push(ok(`innodb_flush_log_at_trx_commit is ${flushAtCommit ?? 'unknown'}`));
  if (hasBinlog && syncBinlog !== undefined && syncBinlog !== 1) {
    findings.push(
      warning(
        `sync_binlog of ${describeServer(config)} is ${syncBinlog}: after a crash its binary log, and so a replica, may ` +
          'lack the last commits. Set it to 1.',
      ),
    );
  }
  return findings;
}

function unflushed(value: number, config: MysqlConfig, production: boolean): Finding {
  const loss = `innodb_flush_log_at_trx_commit of ${describeServer(config)} is ${value}: a power cut loses acknowledged messages`;
  if (config.durability === 'relaxed') return warning(`${loss}, which DATABASE_DURABILITY=relaxed accepts.`);
  const advice =
    'Set it to 1 there (SET GLOBAL and the option file), or DATABASE_DURABILITY=relaxed here to accept that.';
  return production ? failure(`${loss}. ${advice}`) : warning(`${loss}, and production refuses it. ${advice}`);
}
