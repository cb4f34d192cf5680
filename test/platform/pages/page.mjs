// Runs the program where the address says, and sends the result back to the server.
const query = new URLSearchParams(location.search);
const threads = Number(query.get('threads'));

/** What the page's Content-Security-Policy has refused. */
const refused = [];
document.addEventListener('securitypolicyviolation', (event) => {
  refused.push(`${event.effectiveDirective} ${event.blockedURI}`);
});

/** What has been asked: a worker that nobody holds may be collected, and then it never answers. */
const asked = [];

/** Asks something that answers messages. */
function ask(post, port) {
  asked.push(port);
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }) => resolve(data);
    port.onmessageerror = () => reject(new Error('the answer could not be read'));
    post();
  });
}

const places = {
  async page() {
    const { answer } = await import('/pages/answer.mjs');
    return answer(threads);
  },

  worker() {
    const worker = new Worker('/pages/worker.mjs', { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
      ask(() => worker.postMessage(threads), worker).then(resolve, reject);
    });
  },

  async 'service worker'() {
    const { serviceWorker } = navigator;
    const registration = await serviceWorker
      .register('/pages/service-worker.mjs', { type: 'module' })
      .catch(() => serviceWorker.register('/pages/service-worker.js'));
    const serving = registration.installing ?? registration.waiting ?? registration.active;
    if (serving.state !== 'activated') {
      await new Promise((resolve, reject) => {
        serving.onstatechange = () => {
          if (serving.state === 'activated') resolve();
          if (serving.state === 'redundant') reject(new Error('the service worker did not start'));
        };
      });
    }
    const { port1, port2 } = new MessageChannel();
    const result = await ask(() => serving.postMessage(threads, [port2]), port1);
    await registration.unregister();
    return result;
  },

  async worklet() {
    const saved = new Uint8Array(await (await fetch('/saved.bin')).arrayBuffer());
    const context = new OfflineAudioContext(1, 128, 44100);
    await context.audioWorklet.addModule('/pages/worklet.mjs');
    const node = new AudioWorkletNode(context, 'program', { processorOptions: { saved } });
    node.connect(context.destination);
    return new Promise((resolve, reject) => {
      node.onprocessorerror = () => reject(new Error('the processor failed'));
      ask(() => context.startRendering(), node.port).then(resolve, reject);
    });
  },
};

let result;
try {
  const start = performance.now();
  result = { ...(await places[query.get('place')]()), refused };
  result.ms ??= performance.now() - start;
} catch (error) {
  result = { error: `${error} ${error?.stack}` };
}
await fetch(`/result?id=${query.get('id')}`, { method: 'POST', body: JSON.stringify(result) });
