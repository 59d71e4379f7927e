#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks whether a better parser of DEFLATE is a better model, as docs/better-parser.md does, at more places.

Usage: scripts/better_parser.py TEXT [POSITIONS [SLOW_POSITIONS]]

Of the first million bytes of TEXT: what each encoder makes of it, in bits per byte, and how many bits its
probabilities spend on the next byte at places spread over it, by the tables and by the lengths. By the lengths
there are SLOW_POSITIONS, for Zopfli takes seconds for one. The program is build/release/zipdream.
"""
import concurrent.futures
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build/release/zipdream")
MODELS = ["gzip:1", "gzip:9", "libdeflate:1", "libdeflate:6", "libdeflate:12", "zopfli:15"]
BASE = "gzip:9"
TEXT_BYTES = 1_000_000
# Of the probabilities: a name, how many bytes of context, and the options.
KINDS = [("tables after 30,720", 30_720, ["--probs", "tables"]), ("tables after 4,096", 4_096, ["--probs", "tables"]),
         ("lengths after 4,096", 4_096, ["--probs", "lengths"])]


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True).stdout


def bits_of_next(folder, text, model, context, options, at):
    """What a model spends on text[at] after `context` bytes."""
    names = [os.path.join(folder, f"{model}-{context}-{options[1]}-{at}.{end}") for end in ("context", "next")]
    for name, content in zip(names, (text[at - context:at], text[at:at + 1])):
        with open(name, "wb") as file:
            file.write(content)
    result = json.loads(run("score", model, names[1], "--context", names[0], *options, "--json", "-q", "-t", "1"))
    for name in names:
        os.remove(name)
    return result["bits"]


def mean_and_difference(values, base):
    """The mean, and how far it is from the base's at the same places, with the standard error of that."""
    apart = [a - b for a, b in zip(values, base)]
    error = statistics.stdev(apart) / len(apart) ** 0.5
    mean = f"{statistics.mean(values):.3f}"
    return mean if values is base else f"{mean} ({statistics.mean(apart):+.3f} ± {error:.3f})"


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        text = file.read(TEXT_BYTES)
    counts = [int(sys.argv[2]) if len(sys.argv) > 2 else 500] * 2
    counts.append(int(sys.argv[3]) if len(sys.argv) > 3 else 100)
    columns = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = os.path.join(folder, "whole")
        with open(whole, "wb") as file:
            file.write(text)
        sizes = pool.map(lambda model: len(run("compress", "-q", "-m", model, "-c", whole)), MODELS)
        columns.append(("size", [f"{8 * size / len(text):.3f}" for size in sizes]))
        for (name, context, options), count in zip(KINDS, counts):
            first = KINDS[0][1]
            places = [first + i * (len(text) - first - 1) // count for i in range(count)]
            bits = {}
            for model in MODELS:
                ask = functools.partial(bits_of_next, folder, text, model, context, options)
                bits[model] = list(pool.map(ask, places))
            columns.append((name, [mean_and_difference(bits[model], bits[BASE]) for model in MODELS]))
    print("| encoder |" + "".join(f" {name} |" for name, _ in columns))
    print("|---|" + "--:|" * len(columns))
    for row, model in enumerate(MODELS):
        print(f"| {model} |" + "".join(f" {cells[row]} |" for _, cells in columns))


if __name__ == "__main__":
    main()
