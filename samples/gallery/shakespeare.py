#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes shakespeare.md, one context continued by many models and methods, beside the metrics of each sample.

Usage: samples/gallery/shakespeare.py TEXT

TEXT is tiny Shakespeare (char-rnn's 1.1 MB) or any other text of 200 KB or more. The program is
build/release/zipdream. Takes some minutes.
"""
import json
import os
import shlex
import sys
import tempfile
import textwrap

from program import ROOT, run, shown

CONTEXT_BYTES = 200_000
PROMPT_BYTES = 200  # of the searches, which are given the context as their corpus
COUNT = 300
JUDGE = "cm"

WHOLE = "-f context.txt"
SEARCH = "--corpus context.txt -f prompt.txt"

# What it is called, arguments, and what to say of it.
SAMPLES = [
    ("gzip, lengths in bytes", f"gzip:9 {WHOLE} --units bytes",
     "The paper's method: a handful of different lengths for 256 bytes, so most of them are alike."),
    ("gzip, lengths in bits", f"gzip:9 {WHOLE} --probs lengths",
     "The same with lengths to the bit: rare bytes go, shreds of words come."),
    ("gzip, tables", f"gzip:9 {WHOLE}",
     "What its Huffman codes and the window say, summed over all parses: words and line breaks."),
    ("gzip, decoder sampling", f"gzip:9 {WHOLE} --method dream",
     "Random bits through zlib's own decoder: the same tables, token by token, at decoding speed."),
    ("libdeflate, tables", f"libdeflate:12 {WHOLE}",
     "The same format by an encoder that looks for the parse of least cost "
     "([a better model?](../../docs/better-parser.md))."),
    ("libdeflate, decoder sampling", f"libdeflate:12 {WHOLE} --method dream",
     "Random bits in the codes of its last block."),
    ("zopfli, tables", f"zopfli {WHOLE}", "The parser that takes 100 times as long."),
    ("gzip, beam", f"gzip:9 {SEARCH} --corpus-bytes 30000 --method beam --probs lengths",
     "Plans 24 bytes ahead for the shortest stream, as gzipt does: it copies and loops."),
    ("gzip, spans", f"gzip:9 {SEARCH} --method spans --max-copy 24",
     "Continuations found in the corpus, no more than 24 bytes of it in a row."),
    ("xz, lengths in bits", f"xz:1 {WHOLE} --probs lengths", "Fractions of bits from the range coder."),
    ("xz, tables", f"xz:6 {WHOLE}", "All parses, weighed by what LZMA's binary decisions expect."),
    ("xz, decoder sampling", f"xz:6 {WHOLE} --method dream", "Random bits through liblzma's range decoder."),
    ("zstd, tables", f"zstd:19 {WHOLE}", "All parses by its FSE and Huffman tables."),
    ("bzip2, tables", f"bzip2:9 {WHOLE}",
     "What precedes in the sorted rows: contexts of any length, like PPM."),
    ("ppm", f"ppm:6 {WHOLE}", "No codec but a model built to predict: contexts of six bytes."),
    ("cm", f"cm {WHOLE}", "Context mixing: many models, weighed by a small neural network."),
    ("lm:english-small", f"lm:english-small {WHOLE}",
     "The bundled language model, which sees the last 512 bytes alone: it has read an encyclopedia and manuals, no "
     "plays."),
]

HEAD = """# One context, many ways

What follows the same {context:,} bytes of {name}, by codecs and models, by several methods. Every sample is the
first one that its command gives; none was chosen. `{script} TEXT` makes this page anew.
↩ breaks a line that is too long for the page; the terms are explained in the [glossary](../../docs/glossary.md).

- *copied*: the share of bytes in runs of 16 or more that stand in the context; *longest copy* is the longest such run.
- *looped*: the share in runs of 16 or more that the sample itself had before.
- *distinct*: of all runs of four bytes in the sample, the share that is different from all others.
- *judge*: the bits per byte that `{judge}`, given the same context, needs for the sample. The reference costs
  {reference:.2f}. Less means that the sample copies or loops, more that it isn't the context's language.

| sample | longest copy | copied | looped | distinct | judge | seconds |
|---|--:|--:|--:|--:|--:|--:|
"""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        text = file.read(CONTEXT_BYTES + COUNT)
    if len(text) < CONTEXT_BYTES + COUNT:
        sys.exit(f"{sys.argv[1]}: has {len(text)} bytes; needs {CONTEXT_BYTES + COUNT}")
    context, reference = text[:CONTEXT_BYTES], text[CONTEXT_BYTES:]
    rows, pages = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("context.txt", context), ("prompt.txt", context[-PROMPT_BYTES:]),
                              ("reference.txt", reference)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        score = json.loads(run(["score", JUDGE, "reference.txt", "--context", "context.txt", "--json"], folder))
        for name, arguments, remark in SAMPLES:
            command = f"generate {arguments} -n {COUNT} --seed 1 --no-prompt"
            sample = json.loads(run([*shlex.split(command), "--judge", JUDGE, "--json"], folder))
            metrics = sample["metrics"]
            anchor = name.replace(" ", "-").replace(",", "").replace(":", "")
            rows.append(f"| [{name}](#{anchor}) | {metrics['longest_copied_run']} "
                        f"| {metrics['copied_share']:.0%} | {metrics['repeated_share']:.0%} "
                        f"| {metrics['distinct_4grams']:.0%} | {metrics['judges'][0]['bits_per_byte']:.2f} "
                        f"| {sample['seconds']:.2f} |")
            words = textwrap.wrap(f"$ zipdream {command}", 112, subsequent_indent="    ", break_on_hyphens=False)
            pages.append(f"\n## {name}\n\n{remark}\n\n```\n" + " \\\n".join(words) + f"\n{shown(sample['text'])}\n```")
    head = HEAD.format(context=CONTEXT_BYTES, name="tiny Shakespeare", judge=JUDGE,
                       script="samples/gallery/shakespeare.py", reference=score["bits_per_byte"])
    with open(os.path.join(ROOT, "samples/gallery/shakespeare.md"), "w") as file:
        file.write(head + "\n".join(rows) + "\n\nThe context ends:\n\n```\n"
                   + shown(context[-PROMPT_BYTES:].decode()) + "\n```\n" + "\n".join(pages) + "\n")


if __name__ == "__main__":
    main()
