// Preloaded into a server: on SIGUSR2 its clock is moved by the milliseconds in the file CLOCK_FILE.
import { readFileSync } from 'node:fs';

const systemTime = Date.now;
let movedMs = 0;
Date.now = () => systemTime() + movedMs;
process.on('SIGUSR2', () => {
  movedMs = Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));
});
