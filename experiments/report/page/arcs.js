// SPDX-License-Identifier: Apache-2.0
// Where a byte's probability comes from: arcs over a heat text from the byte to the earlier ones, each as heavy as its
// share, and a list of them in words.
'use strict';

const kSvg = 'http://www.w3.org/2000/svg';
const kMaxArcs = 12;
const kContextCells = 18;  // before the byte that is copied

function svgElement(name, attributes = {}, ...children) {
  const result = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) result.setAttribute(key, value);
  result.append(...children);
  return result;
}

// The middle of a span's top, within the node that scrolls.
function anchorOf(span, node) {
  const box = span.getBoundingClientRect();
  const frame = node.getBoundingClientRect();
  return { x: box.left + box.width / 2 - frame.left + node.scrollLeft - node.clientLeft,
    y: box.top - frame.top + node.scrollTop - node.clientTop + 3 };
}

// High enough to be seen, and no higher than there is room above.
function arcPath(from, to) {
  const lift = Math.min(14 + Math.abs(from.x - to.x) / 5, 60, Math.max(6, Math.min(from.y, to.y)));
  const top = Math.min(from.y, to.y) - lift;
  return `M ${from.x} ${from.y} C ${from.x} ${top}, ${to.x} ${top}, ${to.x} ${to.y}`;
}

// The arcs of one heat text.
class Arcs {
  constructor(heat) {
    this.heat = heat;
    this.marked = [];
  }

  // The cell that holds a byte.
  cellAt(byte) {
    const { begins } = this.heat;
    let low = 0;
    let high = begins.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (begins[middle] <= byte) low = middle;
      else high = middle;
    }
    return low;
  }

  // `sources` are those of the byte at `byte`: {probability, elsewhere, sources: [{at, probability, agreeing}]}. What
  // stands before the text, at places below 0, has no arc.
  draw(byte, sources) {
    this.clear();
    const { node, spans } = this.heat;
    const target = spans[this.cellAt(byte)];
    if (!target) return;
    this.mark(target, 'target');
    this.svg = svgElement('svg', { class: 'arcs', 'aria-hidden': 'true', width: node.scrollWidth, height: node.scrollHeight });
    const to = anchorOf(target, node);
    for (const source of sources.sources.slice(0, kMaxArcs)) {
      const span = source.at < 0 ? null : spans[this.cellAt(source.at)];
      const share = source.probability / sources.probability;
      if (!span || share < 0.005) continue;
      this.mark(span, 'source');
      const d = arcPath(anchorOf(span, node), to);
      const width = 1.2 + 5 * share;
      this.svg.append(svgElement('path', { class: 'halo', d, 'stroke-width': width + 3 }),
        svgElement('path', { d, 'stroke-width': width, 'stroke-opacity': Math.min(1, 0.45 + share) }));
    }
    node.append(this.svg);
  }

  mark(span, kind) {
    span.classList.add(kind);
    this.marked.push([span, kind]);
  }

  clear() {
    for (const [span, kind] of this.marked) span.classList.remove(kind);
    this.marked = [];
    this.svg?.remove();
    this.svg = null;
  }
}

// The same in words: a row for each earlier byte with what stands before it, and one for the rest.
function sourcesTable(heat, sources) {
  const row = (share, words, context) => {
    const bar = element('span', { class: 'bar' });
    bar.style.width = (6 * share).toFixed(2) + 'em';
    return element('tr', {}, element('td', { text: percent(share) }), element('td', {}, bar), element('td', { class: 'left' }, words, ...context));
  };
  const finder = new Arcs(heat);
  const rows = sources.sources.slice(0, kMaxArcs).map((source) => {
    if (source.at < 0) return row(source.probability / sources.probability, `from ${count(-source.at)} bytes before this text`, []);
    const cell = finder.cellAt(source.at);
    const before = heat.cells.slice(Math.max(0, cell - kContextCells), cell).join('');
    const context = [element('span', { class: 'context', text: before }), element('b', { text: heat.cells[cell] ?? '' })];
    return row(source.probability / sources.probability, `from byte ${count(source.at)}: `, context);
  });
  const others = sources.others + sources.sources.slice(kMaxArcs).reduce((sum, one) => sum + one.probability, 0);
  if (others > 0) rows.push(row(others / sources.probability, 'from other earlier bytes', []));
  rows.push(row(sources.elsewhere / sources.probability, 'from no earlier byte: as a literal, or what all bytes have', []));
  return element('table', { class: 'sources' }, element('tbody', {}, ...rows));
}
