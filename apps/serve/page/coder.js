// SPDX-License-Identifier: Apache-2.0
// Arithmetic coding before one's eyes: the interval from 0 to 1 is divided as the model divides its probability, the
// symbol that comes takes its part, and digits on which both ends agree are settled bits of the code.
'use strict';

const kCodedBytes = 48;  // of the text
const kPrecision = 30n;  // bits of a probability
const kDrawnParts = 14;  // of a division, the rest is one part

// Where the bytes' parts lie: counts of 2^-30, in the order of the bytes, each at least 1.
function divide(symbols) {
  const total = 2 ** Number(kPrecision);
  const sorted = symbols.map((one) => ({ byte: bytesOfBase64(one.bytes)[0], probability: one.probability, one }))
    .sort((a, b) => a.byte - b.byte);
  let sum = 0;
  for (const part of sorted) {
    part.width = Math.max(1, Math.floor(part.probability * (total - 256)));
    part.low = sum;
    sum += part.width;
  }
  for (const part of sorted) part.share = part.width / sum;
  return { parts: sorted, sum };
}

// The binary digits on which all numbers of an interval agree; low and width are multiples of 2^-bits.
function settledBits(low, width, bits) {
  let digits = '';
  for (let i = 0; i < bits; ++i) {
    const place = BigInt(bits - 1 - i);
    if (low >> place !== (low + width - 1n) >> place) break;
    digits += (low >> place) & 1n;
  }
  return digits;
}

// A number in [0, 1) with so many decimals as set it apart from its neighbour.
function decimals(value, width, bits) {
  let digits = 3;
  for (let size = width; size * 10n ** BigInt(digits) < 1n << BigInt(bits) && digits < 60;) ++digits;
  const scaled = (value * 10n ** BigInt(digits)) >> BigInt(bits);
  return '0.' + scaled.toString().padStart(digits, '0');
}

class CoderView {
  constructor(node, backend, models, text) {
    this.backend = backend;
    this.text = text;
    this.steps = [];
    this.model = element('select', { id: 'coder-model' }, ...models.map((model) => element('option', { text: model.id, value: model.id })));
    this.slider = element('input', { type: 'range', min: 0, max: 0, value: 0, id: 'coder-step' });
    this.count = element('output', { for: 'coder-step', text: '0' });
    this.view = element('div', { class: 'coder' });
    node.append(element('div', { class: 'controls' }, element('label', {}, 'by ', this.model),
      element('label', { class: 'wide' }, 'symbols coded ', this.slider, this.count)), this.view);
    this.model.addEventListener('change', () => this.begin());
    this.slider.addEventListener('input', () => this.show());
  }

  begin() {
    this.asking?.abort();
    this.asking = new AbortController();
    this.steps = [];
    this.bytes = encoder.encode(this.text.value).subarray(0, kCodedBytes);
    this.slider.max = this.bytes.length;
    this.slider.value = Math.min(+this.slider.value || 3, this.bytes.length);
    return this.show();
  }

  // The interval after so many bytes, by what the model said before each.
  async stepsUpTo(number) {
    for (let at = this.steps.length; at < number; ++at) {
      const before = this.steps[at - 1] ?? { low: 0n, width: 1n, bits: 0 };
      const answer = await this.backend.ask('/v1/distribution',
        { model: this.model.value, prompt: promptOf(this.bytes.subarray(0, at)), top: 0 }, this.asking.signal);
      const { parts, sum } = divide(answer.symbols.filter((one) => bytesOfBase64(one.bytes).length === 1));
      const own = parts.find((part) => part.byte === this.bytes[at]);
      if (!own) throw new Error('the model has no symbol for this byte');
      // In multiples of 2^-(bits + 30); what rounding loses is left over.
      const each = (before.width << kPrecision) / BigInt(sum);
      this.steps[at] = { parts, own, before, low: (before.low << kPrecision) + each * BigInt(own.low),
        width: each * BigInt(own.width), bits: before.bits + Number(kPrecision) };
    }
  }

  async show() {
    const number = Math.min(+this.slider.value, this.bytes?.length ?? 0);
    this.count.textContent = number;
    if (number === 0) return this.view.replaceChildren(element('p', { class: 'legend', text: 'Nothing is coded yet: the interval is all from 0 to 1.' }));
    try {
      await this.stepsUpTo(number);
      if (number === +this.slider.value) this.draw(number);
    } catch (problem) {
      if (problem.name !== 'AbortError') this.view.replaceChildren(element('p', { class: 'notice', text: problem.message }));
    }
  }

  draw(number) {
    const first = Math.max(0, number - 4);
    const rows = this.steps.slice(first, number).map((step, i) => this.division(step, first + i));
    const last = this.steps[number - 1];
    const digits = settledBits(last.low, last.width, last.bits);
    const spent = this.steps.slice(0, number).reduce((sum, step) => sum - Math.log2(step.own.share), 0);
    this.view.replaceChildren(...rows,
      element('p', {}, 'The interval: ', element('code', { text: `[${decimals(last.low, last.width, last.bits)}, ${decimals(last.low + last.width, last.width, last.bits)})` })),
      element('p', {}, 'Bits that are out: ', element('code', { class: 'digits', text: digits || 'none yet' })),
      element('p', { class: 'legend', text: `${count(number)} bytes, ${fixed(spent, 2)} bits of surprisal, ${count(digits.length)} bits settled; a code of ${Math.ceil(spent) + 1} bits names a number within.` }));
  }

  // The parts of an interval as a bar, zoomed to its whole width; the part that came is drawn out below.
  division(step, at) {
    const bar = element('div', { class: 'division', role: 'img', 'aria-label':
      `Byte ${at}: ${shownByte(step.own.byte)} takes ${probability(-Math.log2(step.own.share))} of the interval` });
    const large = [...step.parts].sort((a, b) => b.share - a.share).slice(0, kDrawnParts);
    let rest = 0;
    const append = (share, text, kind) => {
      const part = element('span', { class: kind, text: share > 0.02 ? text : '' });
      part.style.flexGrow = share;
      bar.append(part);
    };
    for (const part of step.parts) {
      if (!large.includes(part) && part !== step.own) {
        rest += part.share;
        continue;
      }
      if (rest > 0) append(rest, '…', 'rest');
      rest = 0;
      append(part.share, part.byte > 0x20 && part.byte < 0x7f ? String.fromCharCode(part.byte) : part.byte === 0x20 ? '␣' : part.byte === 10 ? '↵' : '·',
        part === step.own ? 'own' : 'part');
    }
    if (rest > 0) append(rest, '…', 'rest');
    return element('div', { class: 'coded' }, element('b', { text: shownByte(step.own.byte).split(' ')[0] }), bar,
      element('small', { text: `${probability(-Math.log2(step.own.share))}, ${fixed(-Math.log2(step.own.share), 2)} bits` }));
  }
}
