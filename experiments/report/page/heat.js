// SPDX-License-Identifier: Apache-2.0
// Texts coloured by surprisal, and what hovering or walking over their characters tells.
'use strict';

function heatLevel(bits) {
  let level = 0;
  while (level < data.heat.bounds.length && bits >= data.heat.bounds[level]) ++level;
  return level;
}

function shownByte(byte) {
  if (typeof byte === 'string') return `‘${byte}’`;  // a symbol of several bytes
  const hex = '0x' + byte.toString(16).padStart(2, '0');
  return byte > 0x20 && byte < 0x7f ? `${String.fromCharCode(byte)}  ${hex}` : byte === 0x20 ? `␣  ${hex}` : hex;
}

function shownCell(cell) {
  return { '\n': 'newline', '\t': 'tab', ' ': 'space' }[cell] || `‘${cell}’`;
}

const tip = byId('tip');

function hideTip() {
  tip.hidden = true;
}

function placeTip(target) {
  const box = target.getBoundingClientRect();
  tip.hidden = false;
  const left = Math.min(Math.max(8, box.left), innerWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 8;
  tip.style.left = left + 'px';
  tip.style.top = (above > 4 ? above : box.bottom + 8) + 'px';
}

// The bytes that a cell stands for.
function bytesOfCell(cell) {
  const escape = /^\\x([0-9a-f]{2})$/.exec(cell);
  return escape ? [parseInt(escape[1], 16)] : [...new TextEncoder().encode(cell)];
}

// The row of what came stands out; it may be none of them.
function alternativesTable(alternatives, own) {
  const rows = alternatives.map(([byte, share], row) => {
    const bar = element('span', { class: 'bar' });
    bar.style.width = (6 * share).toFixed(2) + 'em';
    return element('tr', row === own ? { class: 'own' } : {}, element('td', { text: shownByte(byte) }),
      element('td', { text: probability(-Math.log2(share)) }), element('td', {}, bar));
  });
  return element('table', {}, element('tbody', {}, ...rows));
}

// A text by the probabilities of one variant: cells, and for each of its bytes bits, rank and, for
// the first ones, what was expected. Of a text that is still being scored the cells come in pieces
// (add) and go again when it is edited (truncate). Options:
//   onPlace(place)        somebody clicked a cell, or pressed Enter at it
//   alternatives(byte)    a promise of what else was expected at that byte, where the trace has none
class HeatText {
  constructor(content, trace, label, options = {}) {
    this.cells = [];
    this.sizes = content.sizes ? [] : null;
    this.trace = trace;
    this.options = options;
    this.spans = [];
    this.begins = [];
    this.end = 0;  // bytes
    this.now = -1;
    this.places = new Map();  // of spans
    this.node = element('p', { class: 'text heat', tabindex: 0, role: 'group', 'aria-label':
      `${label}, coloured by surprisal; the arrow keys go from character to character` +
      (options.onPlace ? ', Enter looks into one' : '') });
    this.add(content.cells, content.sizes);
    this.node.addEventListener('mouseover', (event) => this.over(event));
    this.node.addEventListener('mouseleave', () => this.leave());
    this.node.addEventListener('click', (event) => this.click(event));
    this.node.addEventListener('keydown', (event) => this.key(event));
    this.node.addEventListener('blur', () => this.leave());
  }

  // Appends cells whose bytes the trace has by now; all at once, as a page is laid out anew for each change.
  add(cells, sizes) {
    const fragment = document.createDocumentFragment();
    cells.forEach((cell, i) => {
      const size = sizes ? sizes[i] : 1;
      const span = this.paint(cell, this.end, size);
      this.places.set(span, this.spans.length);
      this.spans.push(span);
      this.cells.push(cell);
      if (this.sizes) this.sizes.push(size);
      this.begins.push(this.end);
      fragment.append(span);
      if (cell === '\n') fragment.append('\n');
      this.end += size;
    });
    this.node.append(fragment);
  }

  paint(cell, begin, size) {
    const span = element('span');
    span.append(cell === '\n' ? '↵' : cell === '\t' ? '⇥\t' : cell);
    if (this.trace) {
      let bits = 0;
      for (let j = begin; j < begin + size; ++j) bits += this.trace.bits_of_bytes[j];
      const level = heatLevel(bits);
      if (level > 0) {
        span.className = 'h' + level;
        span.style.background = data.heat.colors[level];
      }
    }
    if (cell === '\n' || cell === '\t' || (cell.length > 2 && cell[0] === '\\')) span.classList.add('mark');
    return span;
  }

  // Leaves the first cells.
  truncate(count) {
    if (count >= this.spans.length) return;
    this.choose(-1);
    while (this.node.lastChild && this.node.lastChild !== this.spans[count - 1]) this.node.lastChild.remove();
    if (count > 0 && this.cells[count - 1] === '\n') this.node.append('\n');
    for (const span of this.spans.splice(count)) this.places.delete(span);
    this.end = this.begins[count];
    for (const list of [this.cells, this.sizes, this.begins]) list?.splice(count);
  }

  over(event) {
    const i = this.places.get(event.target);
    if (i !== undefined) this.show(i);
  }

  click(event) {
    const i = this.places.get(event.target);
    if (i === undefined) return;
    this.show(i);
    this.options.onPlace?.(i);
  }

  leave() {
    this.choose(-1);
    hideTip();
  }

  choose(i) {
    if (this.now >= 0 && this.spans[this.now]) {
      this.spans[this.now].classList.remove('now');
      this.spans[this.now].removeAttribute('id');
    }
    this.now = i;
    if (i < 0) {
      this.node.removeAttribute('aria-activedescendant');
      return;
    }
    this.spans[i].classList.add('now');
    this.spans[i].id = 'now';
    this.node.setAttribute('aria-activedescendant', 'now');
  }

  key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10,
      Home: -this.spans.length, End: this.spans.length };
    if (event.key === 'Escape') this.leave();
    if (event.key === 'Enter' && this.now >= 0) this.options.onPlace?.(this.now);
    if (!(event.key in steps) || this.spans.length === 0) return;
    event.preventDefault();
    const to = this.now < 0 ? 0 : this.now + steps[event.key];
    this.show(Math.min(Math.max(0, to), this.spans.length - 1));
    this.spans[this.now].scrollIntoView({ block: 'nearest' });
    placeTip(this.spans[this.now]);
  }

  show(i) {
    if (!this.trace) return;
    this.choose(i);
    const begin = this.begins[i];
    const size = this.sizes ? this.sizes[i] : 1;
    const parts = [element('p', {}, element('b', { text: shownCell(this.cells[i]) }), ` at byte ${count(begin)}`)];
    const bytes = bytesOfCell(this.cells[i]);
    const symbols = new Map();  // by their first bytes
    for (let j = begin; j < begin + size; ++j) symbols.set(this.symbolAt(j).begin, j);
    for (const j of symbols.values()) parts.push(...this.aboutSymbol(this.symbolAt(j), bytes[j - begin]));
    tip.replaceChildren(...parts);
    placeTip(this.spans[i]);
  }

  // The symbol that byte j belongs to: where it begins, and its size.
  symbolAt(j) {
    if (!this.trace.bytes_of_symbols || this.trace.is_bytewise) return { begin: j, size: 1 };
    let begin = 0;
    for (const size of this.trace.bytes_of_symbols) {
      if (j < begin + size) return { begin, size };
      begin += size;
    }
    return { begin: j, size: 1 };
  }

  aboutSymbol({ begin, size }, byte) {
    const all = this.trace.bits_of_bytes.slice(begin, begin + size);
    const bits = all.reduce((sum, each) => sum + each, 0);
    const rank = this.trace.ranks_of_bytes[begin];
    const of = size > 1 ? `token of ${size} bytes: ` : '';
    const parts = [element('p', { text: `${of}${bits.toFixed(2)} bits, probability ${probability(bits)}, rank ${rank}` })];
    const alternatives = this.trace.alternatives[begin];
    if (!alternatives && this.options.alternatives) this.askAlternatives(begin);
    if (!alternatives) return parts;
    const own = this.trace.bytes_of_symbols ? rank - 1 : alternatives.findIndex((one) => one[0] === byte);
    parts.push(alternativesTable(alternatives, own));
    return parts;
  }

  // They come into the tip when they are there, if it is still about this place. Not for every place that a mouse
  // passes over.
  askAlternatives(begin) {
    const place = this.now;
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      if (this.now !== place) return;
      const alternatives = await this.options.alternatives(begin).catch(() => null);
      if (!alternatives || !this.trace) return;
      this.trace.alternatives[begin] = alternatives;
      if (this.now === place && !tip.hidden) this.show(place);
    }, 120);
  }
}

function heatKey() {
  const { bounds, colors } = data.heat;
  const key = element('div', { class: 'key' }, element('span', { text: 'Bits:' }));
  colors.forEach((color, level) => {
    const name = level === 0 ? `below ${bounds[0]}` : level < bounds.length ? `to ${bounds[level]}` : 'more';
    const sample = element('b', { text: name });
    if (level > 0 || data.media === 'image') {
      sample.style.background = color;
      sample.style.color = level === colors.length - 1 ? '#fff' : '#000';
    }
    key.append(sample);
  });
  return key;
}

// What is shown of a text that is longer.
function cutNote(content) {
  const shown = content.sizes ? content.sizes.reduce((a, b) => a + b, 0) : content.cells.length;
  if (shown >= content.bytes) return [];
  return [element('p', { class: 'legend', text: `The first ${count(shown)} of ${count(content.bytes)} bytes; the JSON of the comparison has all.` })];
}
