// SPDX-License-Identifier: Apache-2.0
// Pictures and sounds: the first part is kept, and a model goes on with it, row by row and sample by sample.
'use strict';

const kMaxSide = 128;       // pixels; more takes minutes
const kSoundRate = 8000;    // samples per second
const kMaxSeconds = 4;      // of a sound that is read
const kKeptOfSound = 0.6;   // of it, before it goes on

class MediaView {
  // `models`: those that are had, each with the media that it goes on with.
  constructor(backend, models) {
    this.backend = backend;
    this.mediaModels = (kind) => models.filter((model) => model.media.includes(kind)).map((model) => model.id)
      .sort((a, b) => (b === kind) - (a === kind));  // the one that was made for it first
    this.image = null;
    this.sound = null;
    this.running = null;
    this.canvas = element('canvas', { class: 'pixels', role: 'img', 'aria-label': 'The picture; what is generated appears row by row', width: 1, height: 1 });
    this.canvas.hidden = true;  // until there is something to show
    this.player = element('div');
    byId('media-file').addEventListener('change', (event) => this.read(event.target.files[0]));
    const drop = byId('drop');
    drop.addEventListener('dragover', (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
    drop.addEventListener('dragleave', () => drop.classList.remove('over'));
    drop.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      this.read(event.dataTransfer.files[0]);
    });
    for (const button of document.querySelectorAll('[data-sample]')) {
      button.addEventListener('click', async () => this.read(await this.backend.sample(button.dataset.sample)));
    }
    byId('media-go').addEventListener('click', () => (this.image ? this.continueImage() : this.continueSound()));
    byId('media-stop').addEventListener('click', () => this.running?.abort());
    byId('kept').addEventListener('input', () => this.image && this.drawKept());
    byId('media-view').append(this.canvas, this.player);
  }

  async read(file) {
    if (!file) return;
    this.running?.abort();
    this.tell('');
    try {
      if (file.type.startsWith('image/')) await this.readImage(file);
      else await this.readSound(file);
    } catch (problem) {
      this.tell(`${file.name}: can’t be read as an image or a sound (${problem.message})`);
    }
  }

  models(kind) {
    const ids = this.mediaModels(kind);
    byId('media-model').replaceChildren(...ids.map((id) => element('option', { text: id, value: id })));
    byId('media-go').disabled = ids.length === 0;
    if (ids.length === 0) this.tell(`No model here goes on with ${kind === 'image' ? 'pictures' : 'sounds'}.`);
  }

  // Gray, and no larger than kMaxSide.
  async readImage(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, kMaxSide / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(2, Math.round(bitmap.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0, width, height);
    const { data: rgba } = context.getImageData(0, 0, width, height);
    const pixels = new Uint8Array(width * height);
    for (let i = 0; i < pixels.length; ++i) {
      pixels[i] = Math.round(0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]);
    }
    this.image = { width, height, pixels };
    this.sound = null;
    this.player.replaceChildren();
    this.canvas.hidden = false;
    this.models('image');
    this.drawKept();
  }

  get keptRows() {
    return Math.min(this.image.height - 1, Math.max(1, Math.round(this.image.height * byId('kept').value)));
  }

  drawKept() {
    const { width, height, pixels } = this.image;
    const shown = pixels.slice();
    this.paint(shown, width, height, this.keptRows, this.keptRows);
    byId('media-words').textContent = `${width} × ${height} pixels in gray; ${this.keptRows} rows are kept, the rest is to be continued.`;
  }

  // Rows up to `kept` as they are, up to `done` tinted a little, the rest faint.
  paint(pixels, width, height, kept, done) {
    Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext('2d');
    const image = context.createImageData(width, height);
    for (let i = 0; i < pixels.length; ++i) {
      const row = Math.floor(i / width);
      const value = pixels[i];
      const tint = row >= kept && row < done;
      image.data.set([value, tint ? Math.round(value * 0.93) : value, tint ? Math.round(value * 0.8) : value, row < done ? 255 : 60], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  async continueImage() {
    const { width, height, pixels } = this.image;
    const kept = this.keptRows;
    const shown = pixels.slice();
    let at = kept * width;
    this.paint(shown, width, height, kept, kept);
    await this.run({ width, channels: 1, data: base64OfBytes(pixels.subarray(0, at)), count: shown.length - at, piece: width }, (bytes) => {
      shown.set(bytes, at);
      at += bytes.length;
      this.paint(shown, width, height, kept, Math.floor(at / width));
      byId('media-words').textContent = `Row ${Math.floor(at / width)} of ${height}`;
    });
    this.result = shown;
  }

  async run(request, onBytes) {
    this.running?.abort();
    const running = this.running = new AbortController();
    byId('media-stop').disabled = false;
    const body = { model: byId('media-model').value, seed: +byId('media-seed').value, ...request,
      temperature: +byId('media-temperature').value };
    try {
      for await (const piece of this.backend.stream('/v1/generate', body, running.signal)) {
        if (running !== this.running) return;
        onBytes(bytesOfBase64(piece.bytes));
      }
    } catch (problem) {
      if (problem.name !== 'AbortError') this.tell(problem.message);
    }
    if (running === this.running) byId('media-stop').disabled = true;
  }

  // One channel of 8 bits, 8000 times a second.
  async readSound(file) {
    const context = new OfflineAudioContext(1, kSoundRate * kMaxSeconds, kSoundRate);
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start();
    const samples = (await context.startRendering()).getChannelData(0);
    const size = Math.min(samples.length, Math.floor(buffer.duration * kSoundRate));
    this.sound = Uint8Array.from(samples.subarray(0, size), (s) => Math.min(255, Math.max(0, Math.round(128 + 127 * s))));
    this.image = null;
    this.models('audio');
    this.player.replaceChildren();
    const kept = this.keptSamples;
    this.drawSound(this.sound.subarray(0, kept), kept);
    byId('media-words').textContent = `${fixed(size / kSoundRate, 2)} seconds; the first ${fixed(kept / kSoundRate, 2)} are kept.`;
  }

  get keptSamples() {
    return Math.max(1, Math.floor(this.sound.length * Math.min(kKeptOfSound, byId('kept').value)));
  }

  drawSound(samples, kept) {
    const width = 640;
    this.canvas.hidden = false;
    Object.assign(this.canvas, { width, height: 160 });
    const context = this.canvas.getContext('2d');
    const style = getComputedStyle(document.documentElement);
    const total = Math.max(samples.length, this.sound.length);
    for (let i = 0; i < samples.length; ++i) {
      context.fillStyle = style.getPropertyValue(i < kept ? '--prompt' : '--generated');
      const value = (samples[i] - 128) / 128 * 78;
      context.fillRect(i / total * width, 80 - Math.max(0, value), 1, Math.max(1, Math.abs(value)));
    }
  }

  async continueSound() {
    const kept = this.keptSamples;
    let samples = this.sound.subarray(0, kept);
    const wanted = Math.min(kSoundRate, this.sound.length - kept || kSoundRate / 2);
    await this.run({ channels: 1, data: base64OfBytes(samples), count: wanted, piece: 200 }, (bytes) => {
      samples = new Uint8Array([...samples, ...bytes]);
      this.drawSound(samples, kept);
      byId('media-words').textContent = `${count(samples.length - kept)} of ${count(wanted)} samples`;
    });
    this.player.replaceChildren(element('audio', { controls: '', src: URL.createObjectURL(waveFile(samples)), 'aria-label': 'The sound and how it goes on' }));
  }

  tell(problem) {
    byId('media-notice').textContent = problem;
    byId('media-notice').hidden = !problem;
  }
}

// A WAV file of 8 bits.
function waveFile(samples) {
  const header = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((c, i) => header.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF');
  header.setUint32(4, 36 + samples.length, true);
  text(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, kSoundRate, true);
  header.setUint32(28, kSoundRate, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  text(36, 'data');
  header.setUint32(40, samples.length, true);
  return new Blob([header, samples], { type: 'audio/wav' });
}
