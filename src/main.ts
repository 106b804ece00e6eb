import { bootstrap } from './server/bootstrap.js';

await bootstrap();
