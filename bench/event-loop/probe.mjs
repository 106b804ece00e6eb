// Loaded into the server by bench/event-loop.mjs: tells its parent the longest turn of the event loop, in CPU time of the
// process. Unlike the delay of a timer it does not grow when other processes use the machine.
let last = process.cpuUsage();
let longestMs = 0;

function endTurn() {
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1000);
}

setInterval(endTurn, 1).unref();
process.on('message', (message) => {
  endTurn();
  if (message === 'reset') longestMs = 0;
  process.send({ longestMs });
});
process.channel.unref();
