// Runs before `npm start` and `npm test`: installs and builds what is missing or out of date, and is
// done in a fraction of a second when nothing is. With `--engines` it also sees to the test browsers.
import { install, isInstalled } from './install.mjs';
import { isFresh, runStage, STAGES } from './stages.mjs';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`recurra needs Node 20 or later; this is ${process.version}`);
  process.exit(1);
}

if (!isInstalled()) install();
for (const stage of STAGES) {
  if (!isFresh(stage)) {
    console.log(`Building: ${stage.name} ...`);
    runStage(stage);
  }
}

if (process.argv.includes('--engines')) {
  const { ensureEngines } = await import('./engines.mjs');
  ensureEngines();
}
