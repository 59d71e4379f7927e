// SPDX-License-Identifier: Apache-2.0
// Going on with the text: sampled, planned by beams or drawn by the codec's own decoder; at once or byte by byte.
'use strict';

const kShownPrompt = 300;  // characters

class GoingOn {
  constructor(backend, text, onTaken) {
    this.backend = backend;
    this.text = text;
    this.onTaken = onTaken;
    this.running = null;
    this.frame = null;  // in which what came is drawn
    this.generated = new Uint8Array();
    this.steps = 0;
    byId('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.steps = 0;
      this.run(+byId('count').value);
    });
    byId('step').addEventListener('click', () => this.run(++this.steps));
    byId('stop').addEventListener('click', () => this.running?.abort());
    byId('take').addEventListener('click', () => {
      this.text.value += new TextDecoder().decode(this.generated);
      this.forget();
      this.onTaken();
    });
    byId('method').addEventListener('change', () => this.suit());
    this.suit();
  }

  // Shows the sliders that the method has a use for.
  suit() {
    const method = byId('method').value;
    for (const label of document.querySelectorAll('[data-methods]')) {
      label.hidden = !label.dataset.methods.split(' ').includes(method);
    }
    this.forget();
  }

  forget() {
    this.steps = 0;
    this.generated = new Uint8Array();
    byId('take').disabled = true;
  }

  request(tokens) {
    const method = byId('method').value;
    const request = { model: byId('generator').value, prompt: this.text.value, max_tokens: tokens,
      seed: +byId('seed').value, return_bytes: true, method };
    if (method !== 'dream') request.temperature = +byId('temperature').value;
    if (method !== 'dream') request.top_p = +byId('top_p').value;
    if (method === 'beam') request.beam_width = +byId('beam_width').value;
    return request;
  }

  async run(tokens) {
    this.running?.abort();
    const running = this.running = new AbortController();
    this.tell('');
    this.begin();
    const began = performance.now();
    try {
      for await (const piece of this.backend.stream('/v1/completions', this.request(tokens), running.signal)) {
        if (running !== this.running) return;
        this.grow(bytesOfBase64(piece.choices[0].bytes ?? ''));
      }
    } catch (problem) {
      if (problem.name !== 'AbortError') this.tell(problem.message);
    }
    if (running !== this.running) return;
    this.running = null;
    this.draw();
    const seconds = (performance.now() - began) / 1000;
    byId('speed').textContent = this.generated.length > 20
      ? `${count(this.generated.length)} bytes, ${speed(this.generated.length / seconds)} bytes/s` : '';
  }

  begin() {
    this.generated = new Uint8Array();
    this.span = element('span', { class: 'generated' });
    byId('output').replaceChildren(this.text.value.slice(-kShownPrompt), this.span);
    this.buttons();
  }

  // Bytes may come by the thousand in a second; they are drawn once a frame.
  grow(bytes) {
    const all = new Uint8Array(this.generated.length + bytes.length);
    all.set(this.generated);
    all.set(bytes, this.generated.length);
    this.generated = all;
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.span.textContent = new TextDecoder().decode(this.generated);
    const output = byId('output');
    output.scrollTop = output.scrollHeight;
    this.buttons();
  }

  buttons() {
    byId('go').disabled = Boolean(this.running);
    byId('stop').disabled = !this.running;
    byId('take').disabled = Boolean(this.running) || this.generated.length === 0;
  }

  tell(problem) {
    byId('notice').textContent = problem;
    byId('notice').hidden = !problem;
  }
}
