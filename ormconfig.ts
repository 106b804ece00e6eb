import { readConfig, readEnvironment } from './src/config/read-config.js';
import { createDataSource } from './src/database/data-source.js';

/**
 * The one DataSource of the TypeORM command line, with the settings of the server:
 * `npx typeorm migration:show -d dist/ormconfig.js`. To run migrations, `npm run migration:run` also keeps two at once apart.
 */
export default createDataSource(readConfig(readEnvironment()).database, (line) => process.stdout.write(`${line}\n`));
