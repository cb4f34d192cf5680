import { answer } from './answer.mjs';

addEventListener('install', (event) => event.waitUntil(skipWaiting()));
addEventListener('message', (event) => {
  event.waitUntil(answer(event.data).then((result) => event.ports[0].postMessage(result)));
});
