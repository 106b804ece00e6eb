// Loaded into the server by bench/event-loop.mjs: tells its parent the longest turn of the event loop, in CPU time of its
// thread. Unlike the delay of a timer it does not grow when other processes use the machine, or other threads of the
// process, which collect garbage and compile, and keep no request waiting.
import { readFileSync } from 'node:fs';

let last = threadMs();
let longestMs = 0;

function endTurn() {
  const now = threadMs();
  longestMs = Math.max(longestMs, now - last);
  last = now;
}

/** CPU time of this thread; Linux has it in nanoseconds. */
function threadMs() {
  return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'utf8'), 10) / 1e6;
}

setInterval(endTurn, 1).unref();
process.on('message', (message) => {
  endTurn();
  if (message === 'reset') longestMs = 0;
  process.send({ longestMs });
});
process.channel.unref();
