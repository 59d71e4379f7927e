// SPDX-License-Identifier: Apache-2.0
// The playground from top to bottom: the page at / of `zipdream serve`, and as a file of its own with the models in it.
'use strict';

const kDelay = 120;      // milliseconds after the last key before the models are asked
const kMaxShared = 8000;  // characters of a text that goes into the address

const kExamples = {
  'a cat': 'the cat sat on the mat, the cat sat on the mat, the dog sat on the cat',
  Hamlet: 'To be, or not to be, that is the question: whether ’tis nobler in the mind to suffer the slings and arrows ' +
    'of outrageous fortune, or to take arms against a sea of troubles, and by opposing end them. To die, to sleep; to ' +
    'sleep, perchance to dream, ay, there’s the rub.',
  code: 'for (int i = 0; i < n; ++i) {\n  sum += a[i] * b[i];\n}\nfor (int j = 0; j < n; ++j) {\n  sum += a[j] * c[j];\n}\n',
  numbers: '1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096',
  DNA: 'GATTACAGATTACAGGATTACATTAGACATTAGACCAGATTACAGATTACAGG',
  English: 'The history of the city begins with the river. In the early years of the century the river was the only way ' +
    'to the sea, and the city was the centre of the trade in wool and timber.',
};

const text = byId('text');
const backend = makeBackend();
let models = [];
let cards = null;
let coder = null;

const chosen = () => models.filter((model) => byId('models').querySelector(`input[value="${CSS.escape(model.id)}"]`).checked);

function showText() {
  share();
  byId('place').hidden = true;
  if (byId('coding').open) coder.begin();
  return cards.show(text.value, chosen());
}

let timer = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(showText, kDelay);
}

// Text, models and settings, in the address: what is sent to somebody else opens as it is here.
const kShared = ['generator', 'method', 'temperature', 'top_p', 'beam_width', 'count', 'seed'];

function share() {
  const fragment = new URLSearchParams({ text: text.value.slice(0, kMaxShared), models: chosen().map((model) => model.id).join(' ') });
  for (const id of kShared) fragment.set(id, byId(id).value);
  history.replaceState(null, '', '#' + fragment);
}

function restore(shared) {
  text.value = shared.get('text') ?? kExamples['a cat'];
  for (const id of kShared) if (shared.has(id)) byId(id).value = shared.get(id);
  for (const slider of document.querySelectorAll('input[type=range]')) showValue(slider);
}

function showValue(slider) {
  const output = slider.parentNode.querySelector('output');
  if (output) output.textContent = slider.step.includes('.') ? (+slider.value).toFixed(2) : slider.value;
}

function fillModels(asked) {
  for (const model of models) {
    const box = element('input', { type: 'checkbox', value: model.id });
    box.checked = asked.includes(model.id);
    box.addEventListener('change', showText);
    byId('models').append(element('label', model.about ? { title: model.about } : {}, box, ' ' + model.id));
    byId('generator').append(element('option', { text: model.id, value: model.id }));
  }
}

function fillExamples() {
  for (const [name, example] of Object.entries(kExamples)) {
    const button = element('button', { type: 'button', text: name });
    button.addEventListener('click', () => {
      text.value = example;
      showText();
    });
    byId('examples').append(button);
  }
}

async function begin() {
  const all = await backend.models();
  models = all.filter((model) => model.media.includes('text'));
  const shared = new URLSearchParams(location.hash.slice(1));
  fillModels(shared.get('models')?.split(' ') ?? models.slice(0, 3).map((model) => model.id));
  restore(shared);
  fillExamples();
  byId('origin').prepend(backend.origin + ' ');
  byId('key').append(heatKey());
  const place = new Place(byId('place'));
  cards = new TextCards(byId('cards'), backend, (card, byte) => place.show(card, byte));
  coder = new CoderView(byId('coder'), backend, models.filter((model) => model.vocab_size <= 257), text);
  byId('coding').addEventListener('toggle', () => byId('coding').open && coder.begin());
  window.goingOn = new GoingOn(backend, text, showText);
  new MediaView(backend, all);
  text.addEventListener('input', soon);
  document.addEventListener('input', (event) => event.target.type === 'range' && showValue(event.target));
  byId('form').addEventListener('change', share);
  addEventListener('scroll', hideTip, { passive: true });
  addEventListener('hashchange', () => {
    restore(new URLSearchParams(location.hash.slice(1)));
    showText();
  });
  await showText();
}

begin().catch((problem) => {
  byId('notice').textContent = problem.message;
  byId('notice').hidden = false;
});
