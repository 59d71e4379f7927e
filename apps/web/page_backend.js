// SPDX-License-Identifier: Apache-2.0
// The models in a Worker of this page: the same functions as backend_http.js of the server's page. A Worker answers one
// request after the other; one that is no longer wanted while it runs is ended with its Worker, and a new one comes.
'use strict';

// Milliseconds that a request may take after it was given up; pieces of scores are short anyway, and a Worker that is
// ended forgets what it has read.
const kPatience = 250;
const kPatienceWithScores = 2000;

function makeBackend() {
  const source = new Blob([byId('worker').textContent], { type: 'text/javascript' });
  const packed = ['wasm', 'model'].map((id) => byId(id)?.textContent.trim());
  let worker = null;
  let waiting = new Map();  // by number: {tell, fail}
  let queue = [];
  let running = null;
  let numbers = 0;
  let unpacked = null;

  function begin() {
    worker = new Worker(URL.createObjectURL(source));
    worker.onmessage = ({ data: message }) => {
      if (message.unpacked) {
        unpacked = message.unpacked;
        return;
      }
      const request = waiting.get(message.number);
      if (message.done) {
        waiting.delete(message.number);
        if (running?.number === message.number) running = null;
        next();
      }
      request?.tell(message);
    };
    worker.onerror = (problem) => {
      for (const request of waiting.values()) request.tell({ done: true, problem: problem.message });
      waiting.clear();
    };
    // What one Worker has unpacked and compiled the next one gets as it is.
    worker.postMessage(unpacked ?? { packed });
  }

  function next() {
    if (running || queue.length === 0) return;
    // What is about the text under somebody's eyes goes before what takes long.
    queue.sort((a, b) => a.urgency - b.urgency || a.number - b.number);
    running = queue.shift();
    worker.postMessage({ number: running.number, path: running.path, body: running.body });
  }

  // The pieces of an answer, as they come.
  async function* stream(path, body, signal) {
    if (signal?.aborted) throw new DOMException('given up', 'AbortError');
    const number = ++numbers;
    const pieces = [];
    let wake = () => {};
    let ended = null;
    waiting.set(number, {
      tell: (message) => {
        if (message.piece) pieces.push(JSON.parse(message.piece));
        if (message.done) ended = message;
        wake();
      },
    });
    const urgency = { '/v1/distribution': 0, '/v1/sources': 0, '/v1/score': 1 }[path] ?? 2;
    const giveUp = () => {
      if (ended) return;
      ended = { given_up: true };
      queue = queue.filter((one) => one.number !== number);
      if (running?.number === number) setTimeout(() => endWorker(number), urgency < 2 ? kPatienceWithScores : kPatience);
      else waiting.delete(number);
      wake();
    };
    signal?.addEventListener('abort', giveUp);
    queue.push({ number, path, body, urgency });
    next();
    try {
      for (;;) {
        while (pieces.length > 0) {
          const piece = pieces.shift();
          if (piece.error) throw new Error(piece.error.message);
          yield piece;
        }
        if (ended?.given_up) throw new DOMException('given up', 'AbortError');
        if (ended?.problem) throw new Error(ended.problem);
        if (ended) return;
        await new Promise((done) => { wake = done; });
      }
    } finally {
      signal?.removeEventListener('abort', giveUp);
      giveUp();
    }
  }

  function endWorker(number) {
    if (running?.number !== number) return;
    worker.terminate();
    waiting.delete(number);
    running = null;
    begin();
    next();
  }

  begin();
  return {
    origin: 'This page asks nobody: the models are in it, and what you type stays here.',
    models: async () => JSON.parse(byId('models-list').textContent),
    sample: async (name) => {
      const { type, base64 } = JSON.parse(byId('samples').textContent)[name];
      return new File([bytesOfBase64(base64)], name, { type });
    },
    ask: async (path, body, signal) => {
      for await (const answer of stream(path, body, signal)) return answer;
      throw new Error(`${path}: no answer`);
    },
    stream,
  };
}
