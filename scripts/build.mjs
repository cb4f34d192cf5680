// Builds everything: the kernels, then the package in dist/. `--stale` leaves out what is up to date.
import { isFresh, runStage, STAGES } from './stages.mjs';

const staleOnly = process.argv.includes('--stale');
for (const stage of STAGES) {
  if (!staleOnly || !isFresh(stage)) runStage(stage);
}
