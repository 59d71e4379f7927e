#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes language_models.md: gzip, cm and language models after the same prompts.

Usage: samples/gallery/language_models.py TEXT [FOLDER...]

TEXT is tiny Shakespeare (char-rnn's 1.1 MB), whose first bytes are one of the prompts; each FOLDER holds a language
model, which stands below the bundled one under the folder's name. The program is build/release/zipdream.
"""
import json
import os
import sys
import tempfile

from program import ROOT, run, shown

PROMPT_BYTES = 1948  # as in figure 3 of "Language Modeling Is Compression", whose samples have 100
COUNT = 200

STORY = (b"Once upon a time, there was a little girl named Lily. She loved to play outside in the sunshine. One day, "
         b"she saw a big, red ball in the park. She wanted to play with it, but a dog")

HEAD = """# Language models beside gzip

The same prompts, continued by gzip in the paper's way (lengths in whole bytes), by gzip's coder tables, by context
mixing and by language models: figure 3 of "Language Modeling Is Compression", with {count} bytes each and seed 1. Every
sample is the first that its command gives; none was chosen. The one model beside those that come along is
[TinyStories-656K](https://huggingface.co/raincandy-u/TinyStories-656K), a folder of Hugging Face as it is, which has
learned to write `<|end_story|>` where a story ends. `{script}` makes this page
anew; ↩ breaks a line that is too long for it.
"""


def bits_of_reference(spec, options, folder):
    score = run(["score", spec, *options, "reference.txt", "--context", "prompt.txt", "--json"], folder)
    return json.loads(score)["bits_per_byte"]


def section(name, prompt, reference, models, folder):
    for file_name, content in (("prompt.txt", prompt), ("reference.txt", reference)):
        with open(os.path.join(folder, file_name), "wb") as file:
            file.write(content)
    lines = [f"\n## {name}\n", f"{len(prompt):,} bytes, which end:\n", "```", shown(prompt[-160:].decode()), "```"]
    if reference:
        lines += ["\n**The reference**\n", "```", shown(reference.decode()), "```"]
    for label, spec, options in models:
        sample = json.loads(run(["generate", spec, *options, "-f", "prompt.txt", "-n", str(COUNT), "--seed", "1",
                                 "--no-prompt", "--json"], folder))
        cost = f", {bits_of_reference(spec, options, folder):.2f} bits per byte of the reference" if reference else ""
        lines += [f"\n**{label}**{cost}\n", "```", shown(sample["text"]), "```"]
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        play = file.read(PROMPT_BYTES + COUNT)
    with open(os.path.join(ROOT, "samples/text.txt"), "rb") as file:
        tale = file.read()
    models = [
        ("gzip, lengths in bytes", "gzip:9", ["--units", "bytes"]),
        ("gzip, tables", "gzip:9", []),
        ("cm", "cm", []),
        ("lm:english", "lm:english", []),
        ("lm:english-bpe", "lm:english-bpe", []),
        ("bytes:lm:english-bpe", "bytes:lm:english-bpe", []),
    ]
    for path in sys.argv[2:]:
        models.append((f"lm:{os.path.basename(os.path.normpath(path))}", f'lm:"{os.path.abspath(path)}"', []))
    page = HEAD.format(count=COUNT, script="samples/gallery/language_models.py TEXT FOLDER")
    with tempfile.TemporaryDirectory() as folder:
        page += section("A story for children", STORY, b"", models, folder)
        page += section("The start of tiny Shakespeare", play[:PROMPT_BYTES], play[PROMPT_BYTES:], models, folder)
        reference = tale[PROMPT_BYTES:PROMPT_BYTES + COUNT]
        page += section("A tale of a keeper", tale[:PROMPT_BYTES], reference, models, folder)
    with open(os.path.join(ROOT, "samples/gallery/language_models.md"), "w") as file:
        file.write(page)


if __name__ == "__main__":
    main()
