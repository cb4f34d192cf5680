import { Worker } from 'node:worker_threads';

const WORKER = new URL('worker.mjs', import.meta.url);

/** Trains the rows of all jobs, `count` at the same time, and gives them in the order of the jobs. */
export async function trainAll(jobs, count) {
  const rows = new Array(jobs.length);
  let next = 0;
  const work = async () => {
    const worker = new Worker(WORKER);
    try {
      while (next < jobs.length) {
        const i = next++;
        rows[i] = await ask(worker, jobs[i]);
        console.log(
          `${i + 1}/${jobs.length} ${rows[i].model}, ${rows[i].task}: ${rows[i].seconds.toFixed(1)} s`,
        );
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, jobs.length) }, work));
  return rows;
}

function ask(worker, job) {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (row) => {
      worker.off('error', reject);
      resolve(row);
    });
    worker.postMessage(job);
  });
}
