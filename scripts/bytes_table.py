#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A table in Markdown: what bytes:K:MODEL costs beside the tokens of MODEL, in bits per byte and in processor time.

Usage: scripts/bytes_table.py MODEL FILE...   (lm:english-bpe; a model over tokens that can write the files)

KS="1 8 64" names the numbers of hypotheses. The program is build/release/zipdream, or BUILD names another folder.
"""
import json
import os
import resource
import subprocess
import sys

BUILD = os.environ.get("BUILD", os.path.join(os.path.dirname(__file__), "..", "build/release"))
PROGRAM = os.path.join(BUILD, "zipdream")


def score(model, path):
    """Bits per byte, and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    told = subprocess.run([PROGRAM, "score", model, path, "-q", "-t", "1", "--json", "--media", "bytes"], check=True,
                          capture_output=True, text=True).stdout
    return json.loads(told)["bits_per_byte"], resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    model, files = sys.argv[1], sys.argv[2:]
    ks = os.environ.get("KS", "1 8 64").split()
    print("| text | tokens |" + "".join(f" K = {k} | time |" for k in ks))
    print("|---|--:|" + "--:|--:|" * len(ks))
    for path in files:
        tokens, seconds = score(model, path)
        cells = [os.path.basename(path), f"{tokens:.4f}"]
        for k in ks:
            rate, cost = score(f"bytes:{k}:{model}", path)
            cells += [f"{rate - tokens:+.4f}", f"{cost / seconds:.1f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
