/**
 * Barriers among the threads of one memory. The words they share, at an address that is a multiple of 64:
 *   0   failed    i32  not 0: a thread has given up, nobody waits any more
 *   4   base      i32  tickets of this run start here
 *   8   sleepers  i32  how many wait without spinning
 *   12  spin      i32  not 0: thread 0 must not sleep (the main thread of a page)
 *   16  started   f64  when this run began, as now() counts; 0 for a run too short to ask the clock
 *   24  grace     f64  milliseconds without progress after which thread 0 gives up, beside PATIENCE times
 *                      the run so far
 *   64 (1 + i)    i32  the ticket that thread i has reached
 * Tickets rise by one from barrier to barrier and are compared by their difference, so that they may wrap.
 * Each thread writes its own ticket alone: to arrive twice at the same barrier does no harm.
 */

// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

const FAILED: usize = 0;
const BASE: usize = 4;
const SLEEPERS: usize = 8;
const SPIN: usize = 12;
const STARTED: usize = 16;
const GRACE: usize = 24;

/**
 * Looks at a ticket before a thread goes to sleep: about 1 ms. Threads that sleep sooner wake each other on
 * one processor and stay there: a call after a pause took 40 ms with 30 µs of looking, 21.6 with 1 ms.
 */
const SPINS: i32 = 1 << 19;
/** Nanoseconds of one sleep, after which a thread looks whether another has given up. */
const NAP: i64 = 100_000_000;
/** The longest that one look at the clock may count for, in ms: time in which the machine slept does not. */
const LONGEST_LOOK: f64 = 200;
const PATIENCE: f64 = 4;

/**
 * Waits until every thread has reached `ticket` of this run, and makes what they have written visible.
 * words: see above;  self: the thread that calls, of 0 to threads - 1
 * Gives false when a thread has given up, or when thread 0 has waited for too long and gives up itself.
 */
export function barrier(words: usize, self: i32, threads: i32, ticket: i32): bool {
  arrive(words, self, ticket);
  const target = load<i32>(words, BASE) + ticket;
  for (let other = 0; other < threads; other++) {
    if (other == self) continue;
    const word = words + (<usize>(1 + other) << 6);
    look(word, target);
    if (atomic.load<i32>(word) - target < 0) wait(words, self, word, target);
  }
  return atomic.load<i32>(words, FAILED) == 0;
}

/** Says that thread `self` has reached `ticket` of this run. */
export function arrive(words: usize, self: i32, ticket: i32): void {
  const word = words + (<usize>(1 + self) << 6);
  atomic.store<i32>(word, load<i32>(words, BASE) + ticket);
  if (atomic.load<i32>(words, SLEEPERS) != 0) atomic.notify(word, -1);
}

/** Looks for a while whether a thread's word has reached a target. */
function look(word: usize, target: i32): void {
  for (let spins = SPINS; spins > 0 && atomic.load<i32>(word) - target < 0; spins--) {}
}

/** Waits until a thread's word has reached a target, or a thread has given up. */
function wait(words: usize, self: i32, word: usize, target: i32): void {
  const patient = self != 0;
  const awake = !patient && load<i32>(words, SPIN) != 0;
  let last = now();
  let waited: f64 = 0;
  const started = load<f64>(words, STARTED);
  const limit = load<f64>(words, GRACE) + (started > 0 ? PATIENCE * (last - started) : 0);
  while (atomic.load<i32>(word) - target < 0 && atomic.load<i32>(words, FAILED) == 0) {
    if (awake) look(word, target);
    else nap(words, word, target);
    const time = now();
    waited += min(time - last, LONGEST_LOOK);
    last = time;
    if (!patient && waited > limit) atomic.store<i32>(words, 1, FAILED);
  }
}

/** Sleeps until a thread's word changes. */
function nap(words: usize, word: usize, target: i32): void {
  atomic.add<i32>(words, 1, SLEEPERS);
  const seen = atomic.load<i32>(word);
  if (seen - target < 0) atomic.wait<i32>(word, seen, NAP);
  atomic.sub<i32>(words, 1, SLEEPERS);
}
