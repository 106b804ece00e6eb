import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { reportIfSlow } from '../slow-statements.js';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';

/**
 * Begins and ends transactions by mysql2's callbacks. For each of these statements TypeORM calls its promise wrapper, which
 * resolves a module and takes a stack trace: a sixth of the CPU time of a save (docs/adr/0036-cpu-of-a-request.md). There
 * are no isolation levels, no nested transactions and no events of subscribers.
 */
class CallbackQueryRunner extends MysqlQueryRunner {
  override async startTransaction(): Promise<void> {
    if (this.isTransactionActive) throw new Error('a transaction is open');
    this.isTransactionActive = true;
    this.transactionDepth = 1;
    await this.#send('START TRANSACTION');
  }

  override async commitTransaction(): Promise<void> {
    await this.#send('COMMIT');
    this.#forgetTransaction();
  }

  override async rollbackTransaction(): Promise<void> {
    await this.#send('ROLLBACK');
    this.#forgetTransaction();
  }

  #forgetTransaction(): void {
    this.isTransactionActive = false;
    this.transactionDepth = 0;
  }

  async #send(statement: string): Promise<void> {
    const connection = (await this.connect()) as PoolConnection;
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      connection.query(statement, (error) => {
        reportIfSlow(this.dataSource, statement, start);
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

/** After this call every query runner of the data source is a `CallbackQueryRunner`. */
export function useMysqlQueryRunners(dataSource: DataSource): void {
  const driver = dataSource.driver as MysqlDriver;
  driver.createQueryRunner = (mode) => new CallbackQueryRunner(driver, mode);
}
