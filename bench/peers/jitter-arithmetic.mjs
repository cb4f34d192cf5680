// A loop of integer arithmetic that takes as long as it is told, in a process of its own: no garbage, hardly any memory. How
// uneven it is, is what the machine does to any program.
const [, , milliseconds] = process.argv;

let kept = 1;

function spin(rounds) {
  for (let i = 0; i < rounds; i++) kept = (Math.imul(kept, 1_103_515_245) + 12_345) | 0;
}

function each(times, rounds) {
  for (let i = 0; i < times.length; i++) {
    const start = performance.now();
    spin(rounds);
    times[i] = performance.now() - start;
  }
}

/** The middle of a thousand. */
function middle(rounds) {
  const times = new Float64Array(1000);
  each(times, rounds);
  return times.sort()[500];
}

const GUESS = 1000;
const PASSES = 20;
let rounds = GUESS;
for (let pass = 0; pass < PASSES; pass++) {
  rounds = Math.max(1, Math.round((rounds * Number(milliseconds)) / middle(rounds)));
}

process.on('message', ({ untimed, steps }) => {
  if (steps === 0) process.exit(0);
  each(new Float64Array(untimed), rounds);
  const times = new Float64Array(steps);
  each(times, rounds);
  process.send({ times });
});
process.send({ version: process.version, output: [] });
