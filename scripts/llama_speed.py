#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times lm: beside llama.cpp, by turns in one run: the processor time of a step and of a token of a prompt.

usage: scripts/llama_speed.py [--rwkv7] [--work FOLDER] [--build FOLDER] [--threads N] [--rounds N] [--keep] [TYPE...]
Models are GGUF files of SmolLM2-135M's shape, or with --rwkv7 of RWKV-7 0.1B's, with random weights: TYPE is f16, bf16,
f32, q8_0, q4_0, q4_k (which is Q5_0 where a row is not whole blocks of 256, as llama.cpp makes it) and so on; none:
f16 q8_0 q4_0 q4_k. Milliseconds of processor time (of the clock with more than one thread), the best of all rounds;
ratio: ours by theirs. llama.cpp comes from npm as llama_cpp.py says; without it ours alone is timed.
"""
import argparse
import math
import os
import random
import re
import struct
import subprocess
import sys

from llama_cpp import TYPES, block, built, install, text, u32

WIDTH, LAYERS, HEADS, KV_HEADS, FF, VOCABULARY, CONTEXT = 576, 30, 9, 3, 1536, 49152, 8192

TIMER = '''import {getLlama} from "node-llama-cpp";
const [,, path, threads, prompt, steps] = process.argv;
const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: +threads});
const model = await llama.loadModel({modelPath: path});
const context = await model.createContext({contextSize: 2048, threads: +threads, batchSize: 512});
const sequence = context.getSequence();
const now = () => { const c = process.cpuUsage(); return [(c.user + c.system) / 1e3, performance.now()]; };
const since = (a, n) => now().map((x, i) => (x - a[i]) / n);
const token = i => (i * 7919 + 13) % 49152;
const read = n => [...Array(n).keys()].map(token);
await sequence.evaluateWithoutGeneratingNewTokens(read(64));
await sequence.clearHistory();
const best = (a, b) => a.map((x, i) => Math.min(x, b[i]));
let prompts = [1e9, 1e9], all = [1e9, 1e9];
for (let round = 0; round < 2; ++round) {
  let start = now();
  await sequence.evaluateWithoutGeneratingNewTokens(read(+prompt));
  prompts = best(prompts, since(start, +prompt));
  await sequence.clearHistory();
  start = now();
  for (let i = 0; i < +steps; ++i) {
    await sequence.controlledEvaluate([[token(i), {generateNext: {token: true, options: {temperature: 0}}}]]);
  }
  all = best(all, since(start, +steps));
  await sequence.clearHistory();
}
console.log(all.join(" "), prompts.join(" "));
process.exit(0);
'''


def weights(kind, count, r):
    """As many weights, a few thousand at random again and again."""
    if kind in ('f32', 'f16', 'bf16'):
        size, mask, bits = {'f32': (4, 0x80FFFFFF, 0x3D000000), 'f16': (2, 0x83FF, 0x2800),
                            'bf16': (2, 0x80FF, 0x3D00)}[kind]
        many = 65536
        repeat = lambda n: int.from_bytes(n.to_bytes(size, 'little') * many, 'little')
        some = int.from_bytes(r.randbytes(size * many), 'little') & repeat(mask) | repeat(bits)
        chunk = some.to_bytes(size * many, 'little')
        need = count * size
    else:
        chunk = b''.join(block(kind, r) for _ in range(2000))
        need = count // TYPES[kind][1] * TYPES[kind][2]
    return (chunk * (need // len(chunk) + 1))[:need]


def type_of(kind, columns):
    return 'q5_0' if columns % TYPES[kind][1] else kind


def tensors():
    yield 'token_embd.weight', (VOCABULARY, WIDTH)
    keys = WIDTH // HEADS * KV_HEADS
    for i in range(LAYERS):
        for name, rows, columns in (('attn_q', WIDTH, WIDTH), ('attn_k', keys, WIDTH), ('attn_v', keys, WIDTH),
                                    ('attn_output', WIDTH, WIDTH), ('ffn_gate', FF, WIDTH), ('ffn_up', FF, WIDTH),
                                    ('ffn_down', WIDTH, FF)):
            yield f'blk.{i}.{name}.weight', (rows, columns)
        yield f'blk.{i}.attn_norm.weight', (WIDTH,)
        yield f'blk.{i}.ffn_norm.weight', (WIDTH,)
    yield 'output_norm.weight', (WIDTH,)


# RWKV-7 0.1B.
RWKV_WIDTH, RWKV_LAYERS, RWKV_VOCABULARY = 768, 12, 65536
RWKV_RANKS = {'decay': 64, 'iclr': 64, 'value_residual_mix': 32, 'gate': 128}


def rwkv7_tensors():
    width = RWKV_WIDTH
    yield 'token_embd.weight', (RWKV_VOCABULARY, width)
    yield 'output.weight', (RWKV_VOCABULARY, width)
    for name in ('token_embd_norm', 'output_norm'):
        for part in ('weight', 'bias'): yield f'{name}.{part}', (width,)
    for i in range(RWKV_LAYERS):
        for name in ('attn_norm', 'attn_norm_2', 'time_mix_ln'):
            for part in ('weight', 'bias'): yield f'blk.{i}.{name}.{part}', (width,)
        for letter, rank in zip('wavg', ('decay', 'iclr', 'value_residual_mix' if i else 'iclr', 'gate')):
            yield f'blk.{i}.time_mix_{letter}1.weight', (RWKV_RANKS[rank], width)
            yield f'blk.{i}.time_mix_{letter}2.weight', (width, RWKV_RANKS[rank])
            if letter != 'g': yield f'blk.{i}.time_mix_{letter}0.weight', (width,)
        yield f'blk.{i}.time_mix_lerp_fused.weight', (6, 1, 1, width)
        for name in ('time_mix_k_k', 'time_mix_k_a', 'time_mix_r_k', 'channel_mix_lerp_k'):
            yield f'blk.{i}.{name}.weight', (width,)
        for name in ('receptance', 'key', 'value', 'output'): yield f'blk.{i}.time_mix_{name}.weight', (width, width)
        yield f'blk.{i}.channel_mix_key.weight', (4 * width, width)
        yield f'blk.{i}.channel_mix_value.weight', (width, 4 * width)


def rwkv7_metadata():
    values = []
    def put(key, kind, value): values.append(text(key) + u32(kind) + value)
    put('general.architecture', 8, text('rwkv7'))
    for key, value in [('context_length', 1 << 20), ('embedding_length', RWKV_WIDTH), ('block_count', RWKV_LAYERS),
                       ('feed_forward_length', 4 * RWKV_WIDTH), ('attention.head_count', 0), ('wkv.head_size', 64),
                       *((f'attention.{name}_lora_rank', rank) for name, rank in RWKV_RANKS.items())]:
        put('rwkv7.' + key, 4, u32(value))
    put('rwkv7.attention.layer_norm_epsilon', 6, struct.pack('<f', 1e-5))
    tokens = ['<s>'] + [repr(bytes([b]))[2:-1] for b in range(256)]
    tokens += [f'{i:06x}' for i in range(RWKV_VOCABULARY - len(tokens))]
    put('tokenizer.ggml.model', 8, text('rwkv'))
    put('tokenizer.ggml.tokens', 9, struct.pack('<IQ', 8, len(tokens)) + b''.join(map(text, tokens)))
    put('tokenizer.ggml.token_type', 9,
        struct.pack('<IQ', 5, len(tokens)) + struct.pack(f'<{len(tokens)}i', 3, *([1] * (len(tokens) - 1))))
    for end in ('bos', 'eos'): put(f'tokenizer.ggml.{end}_token_id', 4, u32(0))
    return values


def metadata():
    values = []
    def put(key, kind, value): values.append(text(key) + u32(kind) + value)
    put('general.architecture', 8, text('llama'))
    for key, value in (('context_length', CONTEXT), ('embedding_length', WIDTH), ('block_count', LAYERS),
                       ('feed_forward_length', FF), ('attention.head_count', HEADS),
                       ('attention.head_count_kv', KV_HEADS), ('rope.dimension_count', WIDTH // HEADS)):
        put('llama.' + key, 4, u32(value))
    put('llama.attention.layer_norm_rms_epsilon', 6, struct.pack('<f', 1e-5))
    put('llama.rope.freq_base', 6, struct.pack('<f', 1e5))
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [b for b in range(256) if b not in printable]
    shown = [chr(b if b in printable else 256 + others.index(b)) for b in range(256)]
    pairs = [(a, b) for a in shown for b in shown][:VOCABULARY - 257]
    tokens = ['<|endoftext|>'] + shown + [a + b for a, b in pairs]
    put('tokenizer.ggml.model', 8, text('gpt2'))
    put('tokenizer.ggml.pre', 8, text('smollm'))
    for key, texts in (('tokens', tokens), ('merges', [a + ' ' + b for a, b in pairs])):
        put('tokenizer.ggml.' + key, 9, struct.pack('<IQ', 8, len(texts)) + b''.join(map(text, texts)))
    put('tokenizer.ggml.token_type', 9,
        struct.pack('<IQ', 5, len(tokens)) + struct.pack(f'<{len(tokens)}i', 3, *([1] * (len(tokens) - 1))))
    put('tokenizer.ggml.bos_token_id', 4, u32(0))
    put('tokenizer.ggml.eos_token_id', 4, u32(0))
    put('tokenizer.ggml.add_bos_token', 7, b'\0')
    return values


# llama.cpp leaves the small matrices of RWKV as they are.
def own_type(name, kind, shape):
    if len(shape) != 2: return 'f32'
    if TYPES[kind][1] > 1 and re.search('time_mix_[wavg][12]', name):
        return 'f16'
    return type_of(kind, shape[-1])


def write(kind, path, rwkv7):
    r = random.Random(kind)
    infos, place, kinds = b'', 0, []
    for name, shape in rwkv7_tensors() if rwkv7 else tensors():
        own = own_type(name, kind, shape)
        size = math.prod(shape) // TYPES[own][1] * TYPES[own][2]
        infos += text(name) + u32(len(shape)) + b''.join(struct.pack('<Q', n) for n in reversed(shape))
        infos += struct.pack('<IQ', TYPES[own][0], place)
        kinds.append((own, size, shape))
        place += size + -size % 32
    values = rwkv7_metadata() if rwkv7 else metadata()
    head = b'GGUF' + struct.pack('<IQQ', 3, len(kinds), len(values)) + b''.join(values) + infos
    with open(path, 'wb') as file:
        file.write(head + b'\0' * (-len(head) % 32))
        for own, size, shape in kinds:
            if len(shape) != 2: data = struct.pack('<f', 0.5 if rwkv7 else 1.0) * math.prod(shape)
            else: data = weights(own, shape[0] * shape[1], r)
            file.write(data + b'\0' * (-size % 32))


def times(command, folder=None):
    """Of a step and of a token of a prompt, each by the processor and by the clock."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode: raise RuntimeError((done.stderr or done.stdout).strip()[-300:])
    return [float(x) for x in done.stdout.split()[-4:]]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('types', nargs='*')
    a.add_argument('--work', default='/tmp/zipdream-llama-cpp')
    a.add_argument('--build', default='build/release', help='where the target lm_speed was built')
    a.add_argument('--rwkv7', action='store_true', help='time RWKV-7 0.1B instead')
    a.add_argument('--threads', type=int, default=1)
    a.add_argument('--rounds', type=int, default=3)
    a.add_argument('--keep', action='store_true', help='leave the models in the work folder')
    o = a.parse_args()
    o.work, o.build = os.path.abspath(o.work), os.path.abspath(o.build)
    program = built(o.build, 'lm_speed')
    os.makedirs(o.work, exist_ok=True)
    has_oracle = install(o.work)
    with open(os.path.join(o.work, 'timer.mjs'), 'w') as file: file.write(TIMER)
    print(f'{"":8}{"step":>8}{"theirs":>8}{"ratio":>7}{"prompt":>9}{"theirs":>8}{"ratio":>7}   ms a token, '
          f'{o.threads} thread{"s" if o.threads > 1 else ""}')
    for kind in o.types or ['f16', 'q8_0', 'q4_0', 'q4_k']:
        path = os.path.join(o.work, f'{"rwkv7" if o.rwkv7 else "smol"}-{kind}.gguf')
        if not os.path.exists(path): write(kind, path, o.rwkv7)
        ours, theirs = [1e9] * 4, [float('nan')] * 4
        for _ in range(o.rounds):
            sizes = [str(o.threads), '256', '32']
            ours = list(map(min, ours, times([program, path] + sizes)))
            if has_oracle:
                theirs = list(map(min, times(['node', 'timer.mjs', path] + sizes, o.work), theirs))
        if not o.keep: os.remove(path)
        by = 0 if o.threads == 1 else 1
        print(f'{kind:8}{ours[by]:8.2f}{theirs[by]:8.2f}{ours[by] / theirs[by]:7.2f}'
              f'{ours[2 + by]:9.3f}{theirs[2 + by]:8.3f}{ours[2 + by] / theirs[2 + by]:7.2f}', flush=True)
    return 0


if __name__ == '__main__': sys.exit(main())
