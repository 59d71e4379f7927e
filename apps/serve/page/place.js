// SPDX-License-Identifier: Apache-2.0
// One place of the text: what a model expected there, as bars, and where the probability of a byte comes from, as arcs
// in its card and in words.
'use strict';

const kBars = 12;
const kSources = 32;
const kShownContext = 36;  // characters

// A row that is a button, of what else could have come.
function distributionBar(one, greatest, isOwn, onClick) {
  const bar = element('span', { class: 'bar' });
  bar.style.width = (100 * one.probability / greatest).toFixed(1) + '%';
  const name = one.ends_text ? 'end of text' : shownByte(shownSymbol(one));
  const button = element('button', { type: 'button', class: isOwn ? 'choice own' : 'choice', 'aria-pressed': 'false' },
    element('span', { class: 'name', text: name }), element('span', { class: 'track' }, bar),
    element('span', { class: 'share', text: probability(one.bits) }));
  if (isOwn) button.append(element('span', { class: 'said', text: 'which came' }));
  button.addEventListener('click', () => onClick(button));
  return button;
}

class Place {
  constructor(node) {
    this.node = node;
    this.asking = null;
  }

  async show(card, byte) {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.card?.arcs.clear();
    this.card = card;
    this.byte = byte;
    const { scores } = card;
    const symbol = card.heat.symbolAt(byte);
    const own = scores.bytes[symbol.begin];
    try {
      const answer = await scores.distribution(symbol.begin, 0, signal);
      if (signal.aborted) return;
      this.fill(answer, symbol, own);
      await this.explain(own, signal);
    } catch (problem) {
      if (problem.name !== 'AbortError') this.node.replaceChildren(element('p', { class: 'notice', text: problem.message }));
    }
  }

  fill(answer, symbol, own) {
    const { scores, heat } = this.card;
    const finder = new Arcs(heat).cellAt(symbol.begin);
    const before = heat.cells.slice(Math.max(0, finder - kShownContext), finder).join('');
    const isOwn = (one) => scores.isBytewise && bytesOfBase64(one.bytes)[0] === own;
    const shown = answer.symbols.slice(0, kBars);
    const came = answer.symbols.find(isOwn);
    if (came && !shown.includes(came)) shown.push(came);
    const bars = element('div', { class: 'bars', role: 'group', 'aria-label': 'What could have come, the likeliest first' });
    for (const one of shown) {
      bars.append(distributionBar(one, answer.symbols[0].probability, isOwn(one), (button) => {
        for (const other of bars.children) other.setAttribute('aria-pressed', other === button);
        this.explain(bytesOfBase64(one.bytes)[0], this.asking.signal);
      }));
    }
    this.sources = element('div', { class: 'origin', 'aria-live': 'polite' });
    this.node.replaceChildren(
      element('h3', {}, `${scores.model.id} at byte ${count(symbol.begin)}: `, element('span', { class: 'context', text: before || 'the beginning' }), '▁'),
      element('p', { class: 'legend', text: `Entropy ${fixed(answer.entropy_bits, 2)} bits; what came is in another colour. Choose a byte to see where its probability comes from.` }),
      element('div', { class: 'place' }, bars, this.sources));
    this.node.hidden = false;
  }

  async explain(next, signal) {
    const { scores, heat, arcs } = this.card;
    if (!scores.isBytewise) return;
    const sources = await scores.sources(this.byte, next, kSources, signal);
    if (signal.aborted) return;
    if (!sources.sources) {
      arcs.clear();
      this.sources.replaceChildren(element('p', { class: 'legend', text:
        `${scores.model.id} can’t tell where its probabilities come from: it keeps weights and counts, no text. gzip, xz, zstd and ppm can.` }));
      return;
    }
    arcs.draw(this.byte, sources);
    this.sources.replaceChildren(element('h4', {}, 'Where ', element('b', { text: shownByte(next) }), ` has its ${probability(-Math.log2(sources.probability))} from`),
      sourcesTable(heat, sources));
  }
}
