import { Global, Module } from '@nestjs/common';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { EventCounts } from '../common/event-counts.js';
import { Tracer } from '../common/tracer.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { dataSourceOptions, prepareDataSource } from './data-source.js';
import { DatabaseProbe } from './connection/database-probe.js';
import { DatabaseStarter } from './connection/database-starter.js';
import { DatabaseState } from './connection/database-state.js';
import { createSqlClient } from './connection/standalone-database.js';
import { SlowStatementLogger } from './slow-statements.js';
import { SqlClient } from './sql/sql-client.js';
import { SnapshotServer } from './sqlite/snapshot-server.js';
import { TransactionRunner } from './transactions/transaction-runner.js';
import { DatabaseWork } from './work/database-work.js';
import { workLimits } from './work/work-limits.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({
        ...dataSourceOptions(config.database),
        maxQueryExecutionTime: config.slowStatementMs,
        logger: new SlowStatementLogger(),
        manualInitialization: true,
      }),
      dataSourceFactory: (options) => {
        if (!options) throw new Error('the data source has no options');
        return Promise.resolve(prepareDataSource(new DataSource(options)));
      },
    }),
  ],
  providers: [
    DatabaseState,
    DatabaseStarter,
    DatabaseProbe,
    SnapshotServer,
    TransactionRunner,
    {
      provide: DatabaseWork,
      inject: [CONFIG, EventCounts, Tracer],
      useFactory: ({ database, requestDeadlineMs }: Config, events: EventCounts, tracer: Tracer) =>
        new DatabaseWork(workLimits(database), requestDeadlineMs, events, tracer, database.engine),
    },
    {
      provide: SqlClient,
      inject: [getDataSourceToken(), DatabaseState, DatabaseWork],
      useFactory: createSqlClient,
    },
  ],
  exports: [SqlClient, TransactionRunner, DatabaseProbe, DatabaseWork],
})
export class DatabaseModule {}
