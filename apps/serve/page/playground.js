// SPDX-License-Identifier: Apache-2.0
// The page that `zipdream serve` has at /: a text as models see it, and how they go on with it.
'use strict';

const kDelay = 200;  // milliseconds after the last key before the models are asked
const kTop = 8;      // alternatives that are shown of a place

const kExamples = {
  'a cat': 'the cat sat on the mat, the cat sat on the mat, the dog sat on the cat',
  Hamlet: 'To be, or not to be, that is the question: whether ’tis nobler in the mind to suffer the slings and arrows ' +
    'of outrageous fortune, or to take arms against a sea of troubles, and by opposing end them. To die, to sleep; to ' +
    'sleep, perchance to dream, ay, there’s the rub.',
  code: 'for (int i = 0; i < n; ++i) {\n  sum += a[i] * b[i];\n}\nfor (int j = 0; j < n; ++j) {\n  sum += a[j] * c[j];\n}\n',
  numbers: '1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096',
};

const text = byId('text');
let apiKey = '';

function tell(problem) {
  byId('notice').textContent = problem;
  byId('notice').hidden = !problem;
}

async function ask(path, body, signal) {
  const headers = { 'Content-Type': 'application/json' };
  if (apiKey) headers.Authorization = 'Bearer ' + apiKey;
  const options = body ? { method: 'POST', headers, body: JSON.stringify(body), signal } : { headers, signal };
  const response = await fetch(path, options);
  if (response.status === 401 && (apiKey = prompt('The API key of this server') || '')) return ask(path, body, signal);
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response;
}

function bytesOfBase64(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

// What HeatText wants of /v1/score: for each byte its bits, rank and alternatives.
function traceOf(score) {
  const trace = { bits_of_bytes: [], ranks_of_bytes: [], alternatives: [], bytes_of_symbols: [] };
  for (const symbol of score.symbols) {
    const size = bytesOfBase64(symbol.bytes).length;
    trace.bytes_of_symbols.push(size);
    for (let i = 0; i < size; ++i) {
      trace.bits_of_bytes.push(symbol.bits / size);
      trace.ranks_of_bytes.push(symbol.rank);
      trace.alternatives.push(symbol.top.map((one) => [one.text ?? '\\x' +
        [...bytesOfBase64(one.bytes)].map((b) => b.toString(16).padStart(2, '0')).join('\\x'), 2 ** -one.bits]));
    }
  }
  return trace;
}

function contentOf(string) {
  const cells = [...string];
  const encoder = new TextEncoder();
  const sizes = cells.map((cell) => encoder.encode(cell).length);
  return { cells, sizes, bytes: sizes.reduce((a, b) => a + b, 0) };
}

const chosen = () => [...document.querySelectorAll('#models input:checked')].map((box) => box.value);

let asking = null;  // the requests whose answers are waited for

async function scoreAll() {
  if (asking) asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const string = text.value;
  share();
  const models = chosen();
  const cards = byId('cards');
  for (const card of [...cards.children]) if (!models.includes(card.dataset.model)) card.remove();
  for (const model of models) {
    if (!cardOf(model)) cards.append(element('section', { class: 'card', 'data-model': model }));
    cards.append(cardOf(model));  // in their order
  }
  if (!string) return cards.replaceChildren();
  await Promise.all(models.map(async (model) => {
    try {
      const score = await (await ask('/v1/score', { model, text: string, top: kTop }, signal)).json();
      showScore(model, string, score);
    } catch (problem) {
      if (problem.name !== 'AbortError') showProblem(model, problem.message);
    }
  }));
}

const cardOf = (model) => [...byId('cards').children].find((card) => card.dataset.model === model);

function showScore(model, string, score) {
  const heat = new HeatText(contentOf(string), traceOf(score), model);
  cardOf(model).replaceChildren(element('h3', { text: model }), element('p', { class: 'chips' },
    element('span', { text: `${score.bits.toFixed(1)} bits` }),
    element('span', { text: `${score.bits_per_byte.toFixed(3)} bits per byte` }),
    element('span', { text: `${count(score.symbols.length)} tokens` })), heat.node);
}

function showProblem(model, problem) {
  cardOf(model).replaceChildren(element('h3', { text: model }), element('p', { class: 'notice', text: problem }));
}

let timer = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(scoreAll, kDelay);
}

// ---- going on ----

let generating = null;
let generated = '';

async function generate(event) {
  event.preventDefault();
  if (generating) generating.abort();
  generating = new AbortController();
  generated = '';
  tell('');
  setGenerating(true);
  const output = byId('output');
  const fresh = element('span', { class: 'generated' });
  output.replaceChildren(text.value.slice(-200), fresh);
  try {
    const response = await ask('/v1/completions', {
      model: byId('generator').value, prompt: text.value, max_tokens: +byId('count').value,
      temperature: +byId('temperature').value, top_p: +byId('top_p').value, seed: +byId('seed').value, stream: true,
    }, generating.signal);
    for await (const piece of eventsOf(response)) {
      generated += piece.choices[0].text;
      fresh.textContent = generated;
      output.scrollTop = output.scrollHeight;
    }
  } catch (problem) {
    if (problem.name !== 'AbortError') tell(problem.message);
  }
  setGenerating(false);
}

function setGenerating(runs) {
  byId('go').disabled = runs;
  byId('stop').disabled = !runs;
  byId('take').disabled = runs || !generated;
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

// ---- the page ----

// Text and models, in the address: what is sent to somebody else opens as it is here.
function share() {
  const fragment = new URLSearchParams({ text: text.value, models: chosen().join(' ') });
  history.replaceState(null, '', '#' + fragment);
}

function begin(models) {
  const shared = new URLSearchParams(location.hash.slice(1));
  text.value = shared.get('text') ?? kExamples['a cat'];
  const asked = shared.get('models')?.split(' ') ?? models.slice(0, 3);
  for (const model of models) {
    const box = element('input', { type: 'checkbox', value: model });
    box.checked = asked.includes(model);
    box.addEventListener('change', scoreAll);
    byId('models').append(element('label', {}, box, ' ' + model));
    byId('generator').append(element('option', { text: model, value: model }));
  }
  for (const [name, example] of Object.entries(kExamples)) {
    const button = element('button', { type: 'button', text: name });
    button.addEventListener('click', () => {
      text.value = example;
      scoreAll();
    });
    byId('examples').append(button);
  }
  for (const slider of document.querySelectorAll('input[type=range]')) {
    slider.addEventListener('input', () => { slider.nextElementSibling.textContent = (+slider.value).toFixed(2); });
  }
  byId('key').append(heatKey());
  text.addEventListener('input', soon);
  byId('form').addEventListener('submit', generate);
  byId('stop').addEventListener('click', () => generating.abort());
  byId('take').addEventListener('click', () => {
    text.value += generated;
    scoreAll();
  });
  scoreAll();
}

ask('/v1/models').then((response) => response.json()).then((list) => begin(list.data.map((model) => model.id)))
  .catch((problem) => tell(problem.message));
