#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds lm: against llama.cpp: small GGUF files with random weights, of every architecture and type that is read, and
what both programs hold to be likeliest after each of 64 tokens.

usage: scripts/llama_cpp.py [--work FOLDER] [--build FOLDER] [NAME...]
       scripts/llama_cpp.py --write FOLDER NAME...
NAME is ARCHITECTURE-TYPE, as the table prints it; none: all. With --write the models are written to FOLDER/NAME.gguf
and nothing is compared. llama.cpp comes ready built from npm (node-llama-cpp), is
installed into the work folder, and is no part of zipdream; without npm nothing is compared and the exit status is 0.
The table has the largest difference among the probabilities of the 20 likeliest, relative to them, and beside it how
far llama.cpp is from itself with the other way to compute attention (flash attention on, its default, and off), or,
where there is none (rwkv7), from the same weights as floats, without rounding (weights=f32): it rounds its cache to 16
bits and the inputs of a product to the type of the weights, and a rounding that falls the other way is a step of its
own, so that with random weights no two ways to compute the same are closer. A row is too far where zipdream differs by
more than twice that and by more than 3e-3, or where the likeliest tokens are the same less often than 9 times in 10.
"""
import argparse
import os
import random
import shutil
import struct
import subprocess
import sys

PACKAGE = 'node-llama-cpp@3.21.1'
POSITIONS, LIKELIEST = 64, 20
CLOSE = 3e-3
# number, weights in a block, bytes of a block
TYPES = {'f32': (0, 1, 4), 'f16': (1, 1, 2), 'bf16': (30, 1, 2), 'q4_0': (2, 32, 18), 'q4_1': (3, 32, 20),
         'q5_0': (6, 32, 22), 'q5_1': (7, 32, 24), 'q8_0': (8, 32, 34), 'q4_k': (12, 256, 144), 'q5_k': (13, 256, 176),
         'q6_k': (14, 256, 210)}
ARCHITECTURES = ('llama', 'qwen2', 'qwen3', 'gemma3', 'smollm3', 'olmo2', 'phi3', 'gptneox', 'gpt2', 'rwkv7')
# As architectures, with something more.
VARIANTS = {'llama3': 'llama', 'yarn': 'llama', 'linear': 'llama', 'untied': 'llama', 'mixed': 'llama',
            'longrope': 'phi3', 'partial': 'phi3'}

ORACLE = '''import {getLlama} from "node-llama-cpp";
const [,, path, k, ids, flash] = process.argv;
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath: path});
const context = await model.createContext({contextSize: 512, threads: 1, batchSize: 512,
                                          flashAttention: flash === "on"});
const tokens = ids.split(",").map(Number);
const options = {temperature: 1, topK: 0, topP: 1, minP: 0};
const results = await context.getSequence().controlledEvaluate(
  tokens.map(t => [t, {generateNext: {probabilities: true, options}}]));
results.forEach((result, i) => {
  const ranked = [...result.next.probabilities.entries()].sort((a, b) => b[1] - a[1]).slice(0, +k);
  console.log(i, tokens[i], ranked.map(([t, p]) => t + ":" + p.toExponential(9)).join(" "));
});
process.exit(0);
'''


def half(x):
    return struct.pack('<e', x)


def block(kind, r):
    """One block: any bytes are valid weights; the scales give a spread of about 0.05."""
    s = 0.7 + 0.6 * r.random()
    if kind == 'q8_0': return half(0.0008 * s) + r.randbytes(32)
    if kind == 'q4_0': return half(0.013 * s) + r.randbytes(16)
    if kind == 'q4_1': return half(0.013 * s) + half(-0.1 * s) + r.randbytes(16)
    if kind == 'q5_0': return half(0.006 * s) + r.randbytes(4) + r.randbytes(16)
    if kind == 'q5_1': return half(0.006 * s) + half(-0.1 * s) + r.randbytes(4) + r.randbytes(16)
    if kind == 'q4_k': return half(0.0002 * s) + half(0.0015 * s) + r.randbytes(12 + 128)
    if kind == 'q5_k': return half(0.0001 * s) + half(0.0015 * s) + r.randbytes(12 + 32 + 128)
    scales = bytes(r.randrange(-31, 32) & 255 for _ in range(16))
    return r.randbytes(128 + 64) + scales + half(0.00015 * s)


def matrix(kind, count, r):
    if kind == 'f32': return b''.join(struct.pack('<f', r.gauss(0, 0.05)) for _ in range(count))
    if kind == 'f16': return b''.join(half(r.gauss(0, 0.05)) for _ in range(count))
    if kind == 'bf16': return b''.join(struct.pack('<f', r.gauss(0, 0.05))[2:] for _ in range(count))
    return b''.join(block(kind, r) for _ in range(count // TYPES[kind][1]))


def text(x):
    x = x.encode()
    return struct.pack('<Q', len(x)) + x


def u32(x):
    return struct.pack('<I', x)


class Model:
    def __init__(self, name, kind):
        self.r = random.Random(name + kind)
        self.variant, self.arch, self.kind = name, VARIANTS.get(name, name), kind
        self.width, self.layers, self.heads, self.kv_heads, self.ff, self.context = 256, 2, 4, 2, 512, 512
        if self.arch in ('gptneox', 'gpt2'): self.kv_heads = self.heads
        self.ranks = {'decay': 32, 'iclr': 32, 'value_residual_mix': 32, 'gate': 64}
        if self.arch == 'gemma3': self.layers = 7
        if self.arch == 'smollm3': self.layers = 5
        self.head = {'qwen3': 128, 'gemma3': 128}.get(self.arch, self.width // self.heads)
        self.rotated = self.head // (4 if self.arch == 'gptneox' else 2 if name == 'partial' else 1)
        self.values, self.tensors = [], []

    def put(self, key, kind, value):
        self.values.append(text(key) + u32(kind) + value)

    def put_u32(self, key, value): self.put(self.arch + '.' + key, 4, u32(value))
    def put_f32(self, key, value): self.put(self.arch + '.' + key, 6, struct.pack('<f', value))
    def put_text(self, key, value): self.put(key, 8, text(value))

    def put_values(self):
        self.put_text('general.architecture', self.arch)
        for key, value in (('context_length', self.context), ('embedding_length', self.width),
                           ('block_count', self.layers), ('feed_forward_length', self.ff),
                           ('attention.head_count', 0 if self.arch == 'rwkv7' else self.heads)):
            self.put_u32(key, value)
        if self.arch == 'rwkv7':
            self.put_u32('wkv.head_size', self.head)
            for name, rank in self.ranks.items(): self.put_u32(f'attention.{name}_lora_rank', rank)
        else:
            self.put_u32('attention.head_count_kv', self.kv_heads)
        layer_norm = self.arch in ('gptneox', 'gpt2', 'rwkv7')
        self.put_f32('attention.layer_norm_epsilon' if layer_norm else 'attention.layer_norm_rms_epsilon', 1e-5)
        if self.arch not in ('gpt2', 'rwkv7'):
            self.put_f32('rope.freq_base', 1e6 if self.arch == 'gemma3' else 1e4)
            self.put_u32('rope.dimension_count', self.rotated)
        if self.head != self.width // self.heads:
            self.put_u32('attention.key_length', self.head)
            self.put_u32('attention.value_length', self.head)
        if self.arch == 'gemma3': self.put_u32('attention.sliding_window', 16)
        if self.arch == 'gptneox': self.put('gptneox.use_parallel_residual', 7, b'\1')
        if self.variant in ('yarn', 'linear'):
            self.put_text('llama.rope.scaling.type', self.variant)
            self.put_f32('rope.scaling.factor', 4)
            self.put_u32('rope.scaling.original_context_length', 128)
        if self.variant == 'longrope':
            self.put_u32('rope.scaling.original_context_length', 512)
            self.put_f32('rope.scaling.attn_factor', 1.19)

    def put_rwkv_vocabulary(self):
        tokens = ['<s>'] + [repr(bytes([b]))[2:-1] for b in range(256)]
        tokens += [chr(x) + chr(y) for x in b' etaoinshrdlu' for y in b'etaoinshrdlucmfywgpb'][:255]
        self.vocabulary = len(tokens)
        self.put_text('tokenizer.ggml.model', 'rwkv')
        self.put('tokenizer.ggml.tokens', 9, struct.pack('<IQ', 8, len(tokens)) + b''.join(map(text, tokens)))
        types = struct.pack('<%di' % len(tokens), 3, *([1] * (len(tokens) - 1)))
        self.put('tokenizer.ggml.token_type', 9, struct.pack('<IQ', 5, len(tokens)) + types)
        for end in ('bos', 'eos'): self.put(f'tokenizer.ggml.{end}_token_id', 4, u32(0))

    def put_vocabulary(self):
        if self.arch == 'rwkv7': return self.put_rwkv_vocabulary()
        printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
        others = [b for b in range(256) if b not in printable]
        shown = {b: chr(b if b in printable else 256 + others.index(b)) for b in range(256)}
        tokens, merges = ['<|endoftext|>'] + [shown[b] for b in range(256)], []
        for x in b' etaoinshrdlu':
            for y in b'etaoinshrdlucmfywgpb':
                if len(merges) < 255 and shown[x] + shown[y] not in tokens:
                    merges.append(shown[x] + ' ' + shown[y])
                    tokens.append(shown[x] + shown[y])
        self.vocabulary = len(tokens)
        self.put_text('tokenizer.ggml.model', 'gpt2')
        self.put_text('tokenizer.ggml.pre', 'gpt-2')
        for key, texts in (('tokens', tokens), ('merges', merges)):
            self.put('tokenizer.ggml.' + key, 9, struct.pack('<IQ', 8, len(texts)) + b''.join(map(text, texts)))
        types = struct.pack('<%di' % len(tokens), 3, *([1] * (len(tokens) - 1)))
        self.put('tokenizer.ggml.token_type', 9, struct.pack('<IQ', 5, len(tokens)) + types)
        self.put('tokenizer.ggml.bos_token_id', 4, u32(0))
        self.put('tokenizer.ggml.eos_token_id', 4, u32(0))
        self.put('tokenizer.ggml.add_bos_token', 7, b'\0')

    def add_vector(self, name, count, centre=0.0, values=None):
        values = values or [centre + self.r.gauss(0, 0.1) for _ in range(count)]
        self.tensors.append((name, (count,), 'f32', struct.pack('<%df' % count, *values)))

    def add_matrix(self, name, rows, columns, kind=None, bias=False):
        kind = kind or self.kind
        self.tensors.append((name + '.weight', (rows, columns), kind, matrix(kind, rows * columns, self.r)))
        if bias: self.add_vector(name + '.bias', rows)

    def add_norm(self, name, count, bias=False):
        self.add_vector(name + '.weight', count, 1.0)
        if bias: self.add_vector(name + '.bias', count)

    def add_layer(self, p):
        old = self.arch in ('gptneox', 'gpt2')
        queries, keys = self.heads * self.head, self.kv_heads * self.head
        if self.arch != 'olmo2':
            self.add_norm(p + 'attn_norm', self.width, old)
            self.add_norm(p + 'ffn_norm', self.width, old)
        if self.arch in ('olmo2', 'gemma3'):
            self.add_norm(p + 'post_attention_norm', self.width)
            self.add_norm(p + 'post_ffw_norm', self.width)
        if self.arch in ('qwen3', 'gemma3', 'olmo2'):
            self.add_norm(p + 'attn_q_norm', queries if self.arch == 'olmo2' else self.head)
            self.add_norm(p + 'attn_k_norm', keys if self.arch == 'olmo2' else self.head)
        if old or self.arch == 'phi3':
            self.add_matrix(p + 'attn_qkv', queries + 2 * keys, self.width, bias=old)
        else:
            biased, values = self.arch == 'qwen2', 'q6_k' if self.variant == 'mixed' else self.kind
            self.add_matrix(p + 'attn_q', queries, self.width, bias=biased)
            self.add_matrix(p + 'attn_k', keys, self.width, bias=biased)
            self.add_matrix(p + 'attn_v', keys, self.width, values, biased)
        self.add_matrix(p + 'attn_output', self.width, queries, bias=old)
        fused = self.arch == 'phi3'
        if not old and not fused: self.add_matrix(p + 'ffn_gate', self.ff, self.width)
        self.add_matrix(p + 'ffn_up', self.ff * (2 if fused else 1), self.width, bias=old)
        self.add_matrix(p + 'ffn_down', self.width, self.ff, bias=old)

    def add_recurrent_layer(self, p, first):
        vector = lambda name, centre, spread: self.add_vector(
            p + name + '.weight', self.width, values=[self.r.gauss(centre, spread) for _ in range(self.width)])
        small = 'f32' if TYPES[self.kind][1] > 1 else self.kind  # as llama.cpp leaves what is small
        for name in ('attn_norm', 'attn_norm_2', 'time_mix_ln'): self.add_norm(p + name, self.width, True)
        for letter, rank in (('w', 'decay'), ('a', 'iclr'), ('v', 'iclr' if first else 'value_residual_mix'),
                             ('g', 'gate')):
            self.add_matrix(f'{p}time_mix_{letter}1', self.ranks[rank], self.width, small)
            self.add_matrix(f'{p}time_mix_{letter}2', self.width, self.ranks[rank], small)
            if letter != 'g': vector(f'time_mix_{letter}0', -1, 1)
        self.tensors.append((p + 'time_mix_lerp_fused.weight', (6, 1, 1, self.width), 'f32', struct.pack(
            f'<{6 * self.width}f', *(self.r.random() for _ in range(6 * self.width)))))
        for name, centre, spread in (('time_mix_k_k', 0.8, 0.1), ('time_mix_k_a', 1, 0.1), ('time_mix_r_k', 0, 0.1),
                                     ('channel_mix_lerp_k', 0.5, 0.2)):
            vector(name, centre, spread)
        for name in ('receptance', 'key', 'value', 'output'):
            self.add_matrix(p + 'time_mix_' + name, self.width, self.width)
        self.add_matrix(p + 'channel_mix_key', self.ff, self.width)
        self.add_matrix(p + 'channel_mix_value', self.width, self.ff)

    def add_tensors(self):
        old = self.arch in ('gptneox', 'gpt2', 'rwkv7')
        self.add_matrix('token_embd', self.vocabulary, self.width)
        if self.arch == 'gpt2': self.add_matrix('position_embd', self.context, self.width, 'f32')
        if self.variant == 'llama3':
            self.add_vector('rope_freqs.weight', self.rotated // 2,
                            values=[min(32.0, 1 + i * i / 8) for i in range(self.rotated // 2)])
        if self.variant == 'longrope':
            for name, first in (('short', 1.0), ('long', 8.0)):
                self.add_vector(f'rope_factors_{name}.weight', self.rotated // 2,
                                values=[first + i / 8 for i in range(self.rotated // 2)])
        if self.arch == 'rwkv7': self.add_norm('token_embd_norm', self.width, True)
        for i in range(self.layers):
            if self.arch == 'rwkv7': self.add_recurrent_layer(f'blk.{i}.', i == 0)
            else: self.add_layer(f'blk.{i}.')
        self.add_norm('output_norm', self.width, old)
        if self.arch in ('gptneox', 'olmo2', 'phi3', 'rwkv7') or self.variant == 'untied':
            self.add_matrix('output', self.vocabulary, self.width)

    def write(self, path):
        self.put_values()
        self.put_vocabulary()
        self.add_tensors()
        infos, data = b'', b''
        for name, shape, kind, content in self.tensors:
            infos += text(name) + u32(len(shape)) + b''.join(struct.pack('<Q', n) for n in reversed(shape))
            infos += struct.pack('<IQ', TYPES[kind][0], len(data))
            data += content + b'\0' * (-len(content) % 32)
        head = b'GGUF' + struct.pack('<IQQ', 3, len(self.tensors), len(self.values)) + b''.join(self.values) + infos
        with open(path, 'wb') as file: file.write(head + b'\0' * (-len(head) % 32) + data)


def rankings(command, folder=None):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode: raise RuntimeError((done.stderr or done.stdout).strip()[-300:])
    lines = [line.split()[2:] for line in done.stdout.splitlines() if line[:1].isdigit()]
    return [[(int(t), float(p)) for t, p in (pair.split(':') for pair in line)] for line in lines]


def compare(path, model, o):
    vocabulary = model.vocabulary
    r = random.Random(5)
    ids = ','.join(['0'] + [str(r.randrange(vocabulary)) for _ in range(POSITIONS - 1)])
    theirs = rankings(['node', 'oracle.mjs', path, str(LIKELIEST), ids, 'on'], o.work)
    ours = rankings([built(o.build, 'lm_probs'), path, str(vocabulary), ids])
    if model.arch == 'rwkv7':
        again = rankings([built(o.build, 'lm_probs'), '--weights', 'f32', path, str(vocabulary), ids])
    else:
        # Three times as many, so that the likeliest of the one are among those of the other.
        again = rankings(['node', 'oracle.mjs', path, str(3 * LIKELIEST), ids, 'off'], o.work)
    return distance(theirs, ours), distance(theirs, again), sum(a[0][0] == b[0][0] for a, b in zip(theirs, ours))


def distance(theirs, others):
    """The largest relative difference, over all positions, of the probabilities in `theirs`."""
    largest = 0
    for a, b in zip(theirs, others, strict=True):
        probability = dict(b)
        largest = max(largest, max(abs(probability[t] - p) / p for t, p in a))
    return largest


def install(work):
    if not shutil.which('npm') or not shutil.which('node'): return False
    with open(os.path.join(work, 'oracle.mjs'), 'w') as file: file.write(ORACLE)
    if os.path.isdir(os.path.join(work, 'node_modules', 'node-llama-cpp')): return True
    return subprocess.run(['npm', 'i', '-E', PACKAGE, '--ignore-scripts', '--silent'], cwd=work).returncode == 0


def built(folder, program):
    """The path of a program that is not part of a usual build."""
    path = os.path.join(folder, program)
    if not os.access(path, os.X_OK):
        sys.exit(f'{folder} has no {program}; build it: scripts/build.sh release {program}')
    return path


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('names', nargs='*')
    a.add_argument('--write', help='where to leave the models instead')
    a.add_argument('--work', default='/tmp/zipdream-llama-cpp')
    a.add_argument('--build', default='build/release', help='where the target lm_probs was built')
    o = a.parse_args()
    if o.write:
        for name in o.names: Model(*name.split('-')).write(os.path.join(o.write, name + '.gguf'))
        return 0
    o.work, o.build = os.path.abspath(o.work), os.path.abspath(o.build)
    os.makedirs(o.work, exist_ok=True)
    if not install(o.work):
        print('llama_cpp.py: skipped: npm is missing or has no ' + PACKAGE)
        return 0
    names = o.names or [f'{arch}-{kind}' for arch in ARCHITECTURES for kind in TYPES] + [
        f'{variant}-{kind}' for variant in VARIANTS for kind in ('f16', 'q4_k')]
    failed = 0
    print(f'{"":16} {"largest":>9} {"its own":>9}  same first of {POSITIONS}')
    for name in names:
        arch, kind = name.split('-')
        path = os.path.join(o.work, name + '.gguf')
        model = Model(arch, kind)
        model.write(path)
        try:
            largest, own, same = compare(path, model, o)
        except RuntimeError as error:
            failed += 1
            print(f'{name:16} {error}')
            continue
        finally:
            os.remove(path)
        good = largest <= max(CLOSE, 2 * own) and same >= 0.9 * POSITIONS
        failed += not good
        print(f'{name:16} {largest:9.1e} {own:9.1e}  {same}{"" if good else "  TOO FAR"}', flush=True)
    return min(failed, 1)


if __name__ == '__main__': sys.exit(main())
