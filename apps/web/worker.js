// SPDX-License-Identifier: Apache-2.0
// The Worker: unpacks the core, loads it, and answers one request after the other. Appended to what Emscripten makes.
'use strict';

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The files that assemble.py put together: a line that names them, then of each the even bytes and the odd ones.
function filesOf(packed) {
  const line = packed.indexOf(10);
  let at = line + 1;
  return JSON.parse(new TextDecoder().decode(packed.subarray(0, line))).map(({ path, size }) => {
    const bytes = new Uint8Array(size);
    const half = at + Math.ceil(size / 2);
    for (let i = 0; i < size; ++i) bytes[i] = packed[(i % 2 === 0 ? at : half) + (i >> 1)];
    at += size;
    return { path, bytes };
  });
}

let loaded = null;
let current = 0;

async function load(message) {
  let { module, files } = message;
  if (message.packed) {
    const [wasm, model] = await Promise.all(message.packed.map(unpack));
    module = await WebAssembly.compile(wasm);
    files = filesOf(model);
    postMessage({ unpacked: { module, files } });
  }
  const core = await makeZipdream({
    instantiateWasm: (imports, done) => {
      WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
    preRun: [(module) => { module.ENV.ZIPDREAM_MODELS = '/models'; }],
    tell: (piece) => postMessage({ number: current, piece }),
  });
  for (const { path, bytes } of files) {
    core.FS.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    core.FS.writeFile(path, bytes);
  }
  return core;
}

onmessage = async ({ data: message }) => {
  if (message.number === undefined) {
    loaded = load(message);
    return;
  }
  try {
    const core = await loaded;
    current = message.number;
    const path = core.allocateUTF8(message.path);
    const body = core.allocateUTF8(JSON.stringify(message.body));
    core._zipdream_ask(path, body);
    core._free(path);
    core._free(body);
    postMessage({ number: message.number, done: true });
  } catch (problem) {
    postMessage({ number: message.number, done: true, problem: String(problem.message ?? problem) });
  }
};
