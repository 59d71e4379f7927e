// SPDX-License-Identifier: Apache-2.0
// The models of the server that the page came from. page_backend.js has the same functions over models in the page.
'use strict';

function makeBackend() {
  let apiKey = '';

  async function ask(path, body, signal) {
    const headers = { 'Content-Type': 'application/json' };
    if (apiKey) headers.Authorization = 'Bearer ' + apiKey;
    const options = body ? { method: 'POST', headers, body: JSON.stringify(body), signal } : { headers, signal };
    const response = await fetch(path, options);
    if (response.status === 401 && (apiKey = prompt('The API key of this server') || '')) return ask(path, body, signal);
    if (!response.ok) throw new Error((await response.json()).error.message);
    return response;
  }

  // The JSON of server-sent events, until [DONE].
  async function* eventsOf(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + value).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        if (event === 'data: [DONE]') return;
        yield JSON.parse(event.slice('data: '.length));
      }
    }
  }

  return {
    origin: 'This page asks the server that it came from, and nobody else.',
    // The models: {id, vocab_size, media}, media being which of text, image and audio it goes on with.
    models: async () => (await (await ask('/v1/models')).json()).data,
    // A file to try: rock.png, image.png or sound.wav.
    sample: async (name) => {
      const blob = await (await ask(`/page/${name}`)).blob();
      return new File([blob], name, { type: blob.type });
    },
    // The answer to a request, as docs/serving.md has it.
    ask: async (path, body, signal) => (await ask(path, body, signal)).json(),
    // The pieces of an answer.
    stream: async function* (path, body, signal) {
      yield* eventsOf(await ask(path, { ...body, stream: true }, signal));
    },
  };
}
