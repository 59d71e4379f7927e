#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a model that `zipdream train` made as GGUF, which `lm:FILE.gguf` and llama.cpp read.

Matrices are stored in Q8_0 (blocks of 32 weights, 8 bits each and a scale of 16 bits) or F16, vectors in F32. A model
over bytes has no vocabulary ("no_vocab"): its tokens are the bytes. Needs python3-numpy.
Usage: scripts/write_gguf.py FOLDER OUT.gguf [NAME [q8_0|f16]]; FOLDER holds config.json, model.safetensors and, for a
model over tokens, tokenizer.json.
"""
import json
import os
import struct
import sys

import numpy

ALIGNMENT = 32
TYPES = {"F32": 0, "F16": 1, "Q8_0": 8}  # as GGUF numbers the types of tensors
U32, F32, BOOL, TEXT, LIST, I32 = 4, 6, 7, 8, 9, 5  # and of values
NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def read_safetensors(path):
    kinds = {"F32": "<f4", "F16": "<f2"}
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, about in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            values = numpy.frombuffer(data[8 + size + begin : 8 + size + end], kinds[about["dtype"]])
            tensors[name] = values.reshape(about["shape"]).astype(numpy.float32)
    return tensors


def gguf_name(name):
    whole = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    if name in whole:
        return whole[name]
    layer, part = name.removeprefix("model.layers.").split(".", 1)
    return f"blk.{layer}.{NAMES[part.removesuffix('.weight')]}.weight"


def interleaved(matrix, heads):
    """GGUF's Llama rotates neighbouring rows of a head, Hugging Face's those half a head apart."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def q8_0(matrix):
    blocks = matrix.reshape(-1, 32)
    scales = (numpy.abs(blocks).max(axis=1) / 127).astype(numpy.float16)
    divisors = numpy.where(scales == 0, 1, scales).astype(numpy.float32)
    steps = numpy.clip(numpy.rint(blocks / divisors[:, None]), -127, 127).astype(numpy.int8)
    return numpy.concatenate([scales[:, None].view(numpy.uint8), steps.view(numpy.uint8)], axis=1).tobytes()


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


class Values:
    def __init__(self):
        self.count, self.data = 0, b""

    def put(self, key, kind, value):
        self.count += 1
        self.data += text(key) + struct.pack("<I", kind) + value

    def number(self, key, value):
        self.put(key, U32, struct.pack("<I", value))

    def real(self, key, value):
        self.put(key, F32, struct.pack("<f", value))

    def text(self, key, value):
        self.put(key, TEXT, text(value))

    def list(self, key, kind, parts):
        self.put(key, LIST, struct.pack("<IQ", kind, len(parts)) + b"".join(parts))


def put_tokenizer(values, folder, config):
    path = os.path.join(folder, "tokenizer.json")
    begin = config.get("bos_token_id")
    if begin is not None:
        values.number("tokenizer.ggml.bos_token_id", begin)
        values.put("tokenizer.ggml.add_bos_token", BOOL, b"\1")
    if not os.path.exists(path):
        values.text("tokenizer.ggml.model", "no_vocab")
        return
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    tokens = {token: number for token, number in tokenizer["model"]["vocab"].items()}
    special = {added["content"]: added["id"] for added in tokenizer.get("added_tokens", [])}
    tokens.update(special)
    named = [token for token, _ in sorted(tokens.items(), key=lambda item: item[1])]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    values.text("tokenizer.ggml.model", "gpt2")
    values.text("tokenizer.ggml.pre", "gpt-2")
    values.list("tokenizer.ggml.tokens", TEXT, [text(token) for token in named])
    kinds = [struct.pack("<i", 3 if token in special else 1) for token in named]
    values.list("tokenizer.ggml.token_type", I32, kinds)
    values.list("tokenizer.ggml.merges", TEXT, [text(merge) for merge in merges])
    if begin is not None:
        values.number("tokenizer.ggml.eos_token_id", begin)


def metadata(folder, config, name, stored):
    heads, width = config["num_attention_heads"], config["hidden_size"]
    values = Values()
    values.text("general.architecture", "llama")
    values.text("general.name", name)
    values.number("general.file_type", 7 if stored == "Q8_0" else 1)
    values.number("general.quantization_version", 2)
    for key, number in (
        ("vocab_size", config["vocab_size"]),
        ("context_length", config["max_position_embeddings"]),
        ("embedding_length", width),
        ("block_count", config["num_hidden_layers"]),
        ("feed_forward_length", config["intermediate_size"]),
        ("rope.dimension_count", width // heads),
        ("attention.head_count", heads),
        ("attention.head_count_kv", config["num_key_value_heads"]),
    ):
        values.number(f"llama.{key}", number)
    values.real("llama.attention.layer_norm_rms_epsilon", config["rms_norm_eps"])
    values.real("llama.rope.freq_base", config["rope_theta"])
    put_tokenizer(values, folder, config)
    return values


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: scripts/write_gguf.py FOLDER OUT.gguf [NAME [q8_0|f16]]")
    folder, out = sys.argv[1:3]
    name = sys.argv[3] if len(sys.argv) > 3 else os.path.basename(os.path.realpath(folder))
    stored = (sys.argv[4] if len(sys.argv) > 4 else "q8_0").upper()
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config["model_type"] != "llama" or stored not in ("Q8_0", "F16"):
        sys.exit("write_gguf: takes models of the architecture modern, and q8_0 or f16")
    values = metadata(folder, config, name, stored)
    infos, contents, at = b"", [], 0
    tensors = read_safetensors(os.path.join(folder, "model.safetensors"))
    for name_there, tensor in tensors.items():
        if name_there.endswith(("q_proj.weight", "k_proj.weight")):
            heads = "num_key_value_heads" if "k_proj" in name_there else "num_attention_heads"
            tensor = interleaved(tensor, config[heads])
        kind = stored if tensor.ndim == 2 else "F32"
        content = q8_0(tensor) if kind == "Q8_0" else tensor.astype({"F16": "<f2", "F32": "<f4"}[kind]).tobytes()
        shape = tensor.shape[::-1]
        infos += text(gguf_name(name_there)) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", TYPES[kind], at)
        content += bytes(-len(content) % ALIGNMENT)
        contents.append(content)
        at += len(content)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), values.count) + values.data + infos
    with open(out + ".part", "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT) + b"".join(contents))
    os.replace(out + ".part", out)


main()
