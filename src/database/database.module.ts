import { Global, Module } from '@nestjs/common';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { dataSourceOptions, prepare } from './data-source.js';
import { DatabaseProbe } from './database.probe.js';
import { DatabaseStarter } from './database.starter.js';
import { DatabaseState } from './database-state.js';
import { sqlOf } from './open-database.js';
import { Sql } from './sql.js';
import { UnitOfWork } from './unit-of-work.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({ ...dataSourceOptions(config.database), manualInitialization: true }),
      dataSourceFactory: (options) => {
        if (!options) throw new Error('the data source has no options');
        return Promise.resolve(prepare(new DataSource(options)));
      },
    }),
  ],
  providers: [
    DatabaseState,
    DatabaseStarter,
    DatabaseProbe,
    UnitOfWork,
    {
      provide: Sql,
      inject: [getDataSourceToken(), DatabaseState],
      useFactory: sqlOf,
    },
  ],
  exports: [Sql, UnitOfWork, DatabaseProbe],
})
export class DatabaseModule {}
