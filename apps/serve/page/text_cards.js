// SPDX-License-Identifier: Apache-2.0
// The text as the chosen models see it, side by side: a card with a heat text for each.
'use strict';

const kTipRows = 8;

class TextCard {
  constructor(backend, model, onPlace) {
    this.scores = new TextScores(backend, model);
    this.onPlace = onPlace;
    this.chips = element('div', { class: 'chips' });
    this.body = element('div');
    this.node = element('section', { class: 'card', 'data-model': model.id, 'aria-label': model.id },
      element('h3', { text: model.title ?? model.id }), this.chips, this.body);
    this.heat = null;
    this.all = { cells: [], sizes: [] };  // of the text
  }

  async show(string, bytes, signal) {
    this.all = cellsOf(string);
    this.arcs?.clear();
    const began = performance.now();
    try {
      await this.scores.update(bytes, (scored) => this.grow(scored, performance.now() - began), signal);
    } catch (problem) {
      if (problem.name === 'AbortError') return;
      this.body.replaceChildren(element('p', { class: 'notice', text: problem.message }));
      this.heat = null;
    }
  }

  // Cells whose bytes are all scored.
  grow(scored, milliseconds) {
    if (!this.heat) {
      const { alternatives } = this.scores;
      this.heat = new HeatText({ cells: [], sizes: [] }, this.scores.trace, this.scores.model.id, {
        onPlace: (place) => this.onPlace(this, this.heat.begins[place]),
        alternatives: alternatives && ((byte) => this.scores.alternatives(byte, kTipRows)),
      });
      this.arcs = new Arcs(this.heat);
      this.body.replaceChildren(this.heat.node);
    }
    const { cells, sizes } = this.all;
    let same = commonPrefix(cells, this.heat.cells);
    while (same > 0 && this.heat.begins[same - 1] + sizes[same - 1] > scored) --same;
    this.heat.truncate(same);
    let to = same;
    let end = this.heat.end;
    while (to < cells.length && end + sizes[to] <= scored) end += sizes[to++];
    this.heat.add(cells.slice(same, to), sizes.slice(same, to));
    this.tell(scored, milliseconds);
  }

  tell(scored, milliseconds) {
    const total = this.all.sizes.reduce((a, b) => a + b, 0);
    const { bits } = this.scores;
    const words = [`${fixed(bits / Math.max(1, scored), 3)} bits per byte`, `${fixed(bits, 0)} bits`];
    if (scored < total) words.push(`${percent(scored / total)} scored`);
    else if (milliseconds > 50) words.push(`${speed(total / milliseconds * 1000)} bytes/s`);
    this.chips.replaceChildren(...words.map((text) => element('span', { text })));
    this.node.setAttribute('aria-busy', scored < total);
  }
}

class TextCards {
  constructor(node, backend, onPlace) {
    this.node = node;
    this.backend = backend;
    this.onPlace = onPlace;
    this.cards = new Map();
    this.asking = null;
  }

  // All models at once: each answers in pieces, the pieces of one between those of another.
  show(string, models) {
    this.asking?.abort();
    this.asking = new AbortController();
    for (const [id, card] of this.cards) {
      if (models.some((model) => model.id === id)) continue;
      card.node.remove();
      this.cards.delete(id);
    }
    const bytes = encoder.encode(string);
    return Promise.all(models.map((model) => {
      if (!this.cards.has(model.id)) this.cards.set(model.id, new TextCard(this.backend, model, this.onPlace));
      const card = this.cards.get(model.id);
      this.node.append(card.node);  // in their order
      return card.show(string, bytes, this.asking.signal);
    }));
  }
}
