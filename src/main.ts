import { bootstrap } from './server/bootstrap.js';

await bootstrap(process.argv.slice(2));
