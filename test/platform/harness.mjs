// What tests written in TypeScript use of this folder; harness.d.mts has the types.
export { openChromium } from './engines/chromium.mjs';
export { openFirefox } from './engines/firefox.mjs';
export { openProcess } from './engines/processes.mjs';
export { complaint } from './matrix.mjs';
export { makeProject } from './project.mjs';
export { ISOLATION, POLICY, serve } from './serve.mjs';
