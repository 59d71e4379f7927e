#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A table in Markdown: files by a mixture and by each of its members, in bytes, each file as one stream.

Usage: scripts/mixture_table.py MIXTURE FILE...   (mix:ppm:6+gzip:9; members without lists of their own)

Codecs stand for their coder tables, as in the mixture (`arith:gzip:9`). BYTES=N cuts files to their first N bytes. The
program is build/release/zipdream, or BUILD names another folder.
"""
import csv
import io
import os
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", os.path.join(os.path.dirname(__file__), "..", "build/release"))
PROGRAM = os.path.join(BUILD, "zipdream")


def sizes(models, path):
    """Bytes of the code by each model."""
    table = subprocess.run([PROGRAM, "rates", *models, "-q", "-t", "1", "--media", "bytes", "--chunk", "whole", "--csv",
                            "--data", path], check=True, capture_output=True, text=True).stdout
    rows = {row["model"]: float(row["compressed"]) for row in csv.DictReader(io.StringIO(table))}
    return [rows[model] for model in models]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    mixture, files = sys.argv[1], sys.argv[2:]
    members = mixture.split(":", 1)[1].split("+")
    models = [f"arith:{member}" for member in members] + [mixture]
    limit = int(os.environ.get("BYTES", 1 << 40))
    print(f"| file | bytes | {' | '.join(members)} | {mixture} | against the best |")
    print("|---|" + "--:|" * (len(members) + 3))
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            with open(path, "rb") as file:
                data = file.read()[:limit]
            copy = os.path.join(folder, os.path.basename(path))
            with open(copy, "wb") as file:
                file.write(data)
            *alone, mixed = sizes(models, copy)
            change = 100 * (mixed / min(alone) - 1)
            cells = [os.path.basename(path), f"{len(data):,}", *(f"{size:,.0f}" for size in alone), f"{mixed:,.0f}",
                     f"{change:+.1f} %"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
