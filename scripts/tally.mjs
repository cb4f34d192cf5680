// Prints `N passed, N failed` for the last `npm test`. A file that did not load counts as one failure.
// Fails when something failed or nothing ran.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const file = join(root, 'build', 'test-results.json');
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] };

let passed = 0;
let failed = 0;
for (const { status, assertionResults } of results.testResults) {
  const failures = assertionResults.filter((test) => test.status === 'failed').length;
  passed += assertionResults.filter((test) => test.status === 'passed').length;
  failed += failures === 0 && status === 'failed' ? 1 : failures;
}
if (passed + failed === 0) console.log('No test ran.');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
