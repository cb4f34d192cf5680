import { answer } from './answer.mjs';

addEventListener('message', async ({ data }) => postMessage(await answer(data)));
