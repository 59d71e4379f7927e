// SPDX-License-Identifier: Apache-2.0
// A text as one model sees it, scored in pieces, so that the first colours come at once; what an edit leaves as it was
// isn't asked again.
'use strict';

const kFirstPiece = 128;  // bytes
const kMaxPiece = 8192;
const kLeastShare = 1 / 6;  // of what is scored already: a request has to carry that
const kPieceMilliseconds = 150;

const encoder = new TextEncoder();

function bytesOfBase64(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function base64OfBytes(bytes) {
  let string = '';
  for (const byte of bytes) string += String.fromCharCode(byte);
  return btoa(string);
}

// The characters of a text and their sizes in bytes.
function cellsOf(string) {
  const cells = [...string];
  const sizes = cells.map((cell) => (cell < '\x80' ? 1 : encoder.encode(cell).length));
  return { cells, sizes };
}

function commonPrefix(a, b) {
  const most = Math.min(a.length, b.length);
  let i = 0;
  while (i < most && a[i] === b[i]) ++i;
  return i;
}

// Bytes as a prompt of ids; a text where there are none.
function promptOf(bytes) {
  return bytes.length > 0 ? [...bytes] : '';
}

// A symbol as the heat text's tips name it.
function shownSymbol(one) {
  const bytes = bytesOfBase64(one.bytes);
  if (bytes.length === 1) return bytes[0];
  return one.text ?? [...bytes].map((b) => '\\x' + b.toString(16).padStart(2, '0')).join('');
}

class TextScores {
  constructor(backend, model) {
    this.backend = backend;
    this.model = model;
    this.isBytewise = model.vocab_size <= 257;
    this.bytes = new Uint8Array();
    this.size = kFirstPiece;  // of the next piece, as fast as the model is
    this.trace = { bits_of_bytes: [], ranks_of_bytes: [], alternatives: [], bytes_of_symbols: [], is_bytewise: this.isBytewise };
  }

  get scored() {
    return this.trace.bits_of_bytes.length;
  }

  get bits() {
    return this.trace.bits_of_bytes.reduce((sum, bits) => sum + bits, 0);
  }

  // onPiece(bytes): so many bytes of the text are scored; first of all how many were before.
  async update(bytes, onPiece, signal) {
    this.keep(this.isBytewise ? Math.min(commonPrefix(bytes, this.bytes), this.scored) : 0);
    this.bytes = bytes;
    onPiece(this.scored);
    while (this.scored < bytes.length) {
      const begin = this.scored;
      const began = performance.now();
      this.add(await this.backend.ask('/v1/score', this.request(begin, begin + this.size), signal));
      if (signal.aborted || this.scored === begin) return;
      onPiece(this.scored);
      const factor = kPieceMilliseconds / Math.max(1, performance.now() - began);
      const least = Math.max(64, kLeastShare * this.scored);
      this.size = Math.round(Math.min(kMaxPiece, Math.max(least, this.size * Math.min(4, factor))));
    }
  }

  request(begin, end) {
    const model = this.model.id;
    if (!this.isBytewise) return { model, text: new TextDecoder().decode(this.bytes) };
    return { model, context: promptOf(this.bytes.subarray(0, begin)), text: promptOf(this.bytes.subarray(begin, end)) };
  }

  keep(count) {
    for (const list of Object.values(this.trace)) if (Array.isArray(list)) list.length = Math.min(list.length, count);
  }

  add(answer) {
    const { trace } = this;
    for (const symbol of answer.symbols) {
      const size = this.isBytewise ? 1 : bytesOfBase64(symbol.bytes).length;
      trace.bytes_of_symbols.push(size);
      for (let i = 0; i < size; ++i) {
        trace.bits_of_bytes.push(symbol.bits / size);
        trace.ranks_of_bytes.push(symbol.rank);
        trace.alternatives.push(null);
      }
    }
  }

  // What precedes a byte, as a prompt; of tokens, as far as they are whole.
  promptBefore(byte) {
    return this.isBytewise ? promptOf(this.bytes.subarray(0, byte)) : new TextDecoder().decode(this.bytes.subarray(0, byte));
  }

  async distribution(byte, top, signal) {
    return this.backend.ask('/v1/distribution', { model: this.model.id, prompt: this.promptBefore(byte), top }, signal);
  }

  // For the tips of a heat text.
  async alternatives(byte, top) {
    const { symbols } = await this.distribution(byte, top);
    return symbols.map((one) => [shownSymbol(one), one.probability]);
  }

  async sources(byte, next, top, signal) {
    return this.backend.ask('/v1/sources', { model: this.model.id, prompt: this.promptBefore(byte), next, top }, signal);
  }
}
