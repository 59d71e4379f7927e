// SPDX-License-Identifier: Apache-2.0
// Prompt, reference and one card for each variant: texts, pictures or audio.
'use strict';

function card(title, chips, ...children) {
  return element('article', { class: 'card' }, element('h3', {}, title),
    element('div', { class: 'chips' }, ...chips.map((text) => element('span', { text }))), ...children);
}

// ---- pictures: the prompt, the same in all, and a generated part ----

function piece(kind, url, alt, size, faint) {
  const image = element('img', { src: url, alt, width: size[0], height: size[1] });
  image.style.aspectRatio = `${size[0]} / ${size[1]}`;
  image.style.height = 'auto';
  const node = element('div', { class: `piece ${kind}${faint ? ' faint' : ''}` }, image, element('small', { text: kind }));
  node.style.flex = `${size[0]} 1 0`;
  return node;
}

function picture(id, caption, alt, label, faint) {
  if (!fileUrl(id)) return [];
  const { prompt, generated, stacked } = data.prompt.parts;
  const pieces = element('div', { class: stacked ? 'pieces top' : 'pieces' });
  if (fileUrl(data.prompt.picture)) pieces.append(piece('prompt', fileUrl(data.prompt.picture), faint ? '' : 'The prompt', prompt, faint));
  const part = piece('generated', fileUrl(id), alt, generated, false);
  part.lastChild.textContent = label;
  pieces.append(part);
  const figure = element('figure', {}, pieces);
  if (caption) figure.prepend(element('figcaption', { text: caption }));
  return [figure];
}

function samplePictures(variant, sample) {
  const by = `${variant.name}, seed ${sample.seed}`;
  const distance = sample.metrics.mean_difference;
  const figures = picture(sample.picture, `Seed ${sample.seed}`, `Continuation by ${by}`, 'generated');
  figures.push(...picture(sample.difference, `Difference from the reference, ${fixed(distance, 1)} of 255 on average`,
    `Difference of the continuation by ${by} from the reference: ${fixed(distance, 1)} of 255 on average; brighter is larger`, 'difference', true));
  return figures;
}

function surprisalPicture(variant) {
  const bits = `${fixed(variant.reference?.bits_per_byte, 2)} bits per byte`;
  return picture(variant.surprisal, `Surprisal of the reference, ${bits}`,
    `Map of the surprisal of the reference by ${variant.name}, ${bits}; redder is more surprising`, 'surprisal', true);
}

// One row for each sample; the surprisal of the reference stands in the first.
function imageCard(variant) {
  return variant.samples.map((sample, i) => element('div', { class: 'pictures' },
    ...(sample.failure ? [] : samplePictures(variant, sample)), ...(i === 0 ? surprisalPicture(variant) : [])));
}

// ---- audio ----

function audio(files, label) {
  const parts = [];
  if (fileUrl(files.audio)) parts.push(element('audio', { controls: '', preload: 'metadata', src: fileUrl(files.audio), 'aria-label': label }));
  if (fileUrl(files.spectrogram)) {
    parts.push(element('img', { class: 'spectrogram', src: fileUrl(files.spectrogram), alt: `Spectrogram of ${label}; a line marks the end of the prompt` }));
  }
  return parts;
}

function audioCard(variant) {
  return variant.samples.filter((sample) => !sample.failure).flatMap((sample) => [
    element('h4', { text: `Seed ${sample.seed}` }), ...audio(sample, `the audio continued by ${variant.name}, seed ${sample.seed}`)]);
}

// ---- texts ----

// A row of the data, as arcs.js has it.
function sourcesOf([probability, elsewhere, others, ...list]) {
  const sources = [];
  for (let i = 0; i < list.length; i += 2) sources.push({ at: list[i], probability: list[i + 1] });
  return { probability, elsewhere, others, sources };
}

// A heat text; where it is known which earlier bytes a byte comes from, a click or Enter shows them.
function heatText(content, trace, label) {
  if (!trace?.sources?.length) return [new HeatText(content, trace, label).node];
  const words = element('div', { class: 'origin', 'aria-live': 'polite' });
  const heat = new HeatText(content, trace, label, { onPlace: (place) => {
    const byte = heat.begins[place];
    if (!trace.sources[byte]) return;
    const sources = sourcesOf(trace.sources[byte]);
    arcs.draw(byte, sources);
    words.replaceChildren(sourcesTable(heat, sources));
  } });
  const arcs = new Arcs(heat);
  return [heat.node, words];
}

function textCard(variant) {
  const parts = [];
  if (data.reference && variant.reference) {
    const heat = heatText(data.reference, variant.reference, `Reference continuation by ${variant.name}`);
    parts.push(element('h4', { text: `Reference continuation, ${fixed(variant.reference?.bits_per_byte, 3)} bits per byte` }), ...heat, ...cutNote(data.reference));
  }
  for (const sample of variant.samples) {
    if (sample.failure) continue;
    const own = sample.surprisal_trace ? `, ${fixed(sample.surprisal_trace.bits_per_byte, 3)} bits per byte` : '';
    const heat = heatText(sample, sample.surprisal_trace, `Continuation by ${variant.name}, seed ${sample.seed}`);
    parts.push(element('h4', { text: `Seed ${sample.seed}${own}` }), ...heat, ...cutNote(sample));
  }
  return parts;
}

const kCards = { text: textCard, image: imageCard, audio: audioCard };

function failures(variant) {
  if (variant.failure) return [element('p', { class: 'notice', text: `Failed: ${variant.failure}` })];
  return variant.samples.filter((sample) => sample.failure)
    .map((sample) => element('p', { class: 'notice', text: `Seed ${sample.seed} failed: ${sample.failure}` }));
}

function promptCards() {
  if (data.media === 'text') {
    const omitted = data.prompt.omitted > 0 ? `, the last of ${count(data.prompt.bytes)} bytes` : `, ${count(data.prompt.bytes)} bytes`;
    return [element('details', { class: 'card', open: '' }, element('summary', { text: `Prompt${omitted}` }),
      element('p', { class: 'text', tabindex: 0, text: (data.prompt.omitted > 0 ? '…' : '') + data.prompt.text }))];
  }
  if (!data.reference) return [];
  const parts = data.media === 'image'
    ? [element('div', { class: 'pictures' }, ...picture(data.reference.picture, '', 'The reference continuation of the image', 'reference'))]
    : [...audio(data.reference, 'the reference audio'), element('p', { class: 'legend', text: 'Marked as generated: here the reference continuation.' })];
  const reference = card('Reference continuation', [`prompt: ${count(data.prompt.bytes)} bytes`, `reference: ${count(data.reference.bytes)} bytes`], ...parts);
  reference.classList.add('reference');
  return [reference];
}

function fillCards() {
  byId('prompt').append(...promptCards());
  const prompt = byId('prompt').querySelector('.text');
  if (prompt) prompt.scrollTop = prompt.scrollHeight;  // what comes last counts most
  if (data.media !== 'audio') byId('key').append(heatKey());
  if (data.media === 'image') byId('cards').classList.add('wide');
  data.runs.forEach((variant, index) => {
    const chips = [`method: ${variant.method}`, `probabilities: ${variant.probs}`];
    if (variant.temperature !== 1) chips.push(`temperature ${variant.temperature}`);
    byId('cards').append(card(named(index), chips, ...kCards[data.media](variant), ...weightFigures(variant), ...failures(variant)));
  });
}
