/**
 * Nanoseconds below which threads do not pay. `call`: a call that is shorter is left to one thread; a barrier
 * takes up to a tenth of it. `run`: so much must be saved in all for threads to be woken. `meeting`: a barrier
 * inside a call whose units are shared out. `step`: as `run`, for a step of a stream, before which the threads
 * mostly sleep: to wake one takes some 50 µs.
 */
export const WORTH = { call: 5000, run: 20_000, meeting: 400, step: 60_000 };
