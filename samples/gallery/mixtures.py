#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes mixtures.md: where each member of a mixture predicts better, byte by byte, and what the mixture makes of it.

Usage: samples/gallery/mixtures.py TEXT

TEXT is the 4,154,399-byte prefix of enwik8, of whose end a piece is scored. The program is build/release/zipdream.
"""
import json
import os
import sys
import tempfile
import textwrap

from program import ROOT, run

WIDTH = 100  # characters of a line, with their marks below
LINES = 4
COUNT = 200  # bytes of a sample

HEAD = """# What a mixture knows that its members don't

Each text below is scored by two models and by their mixture, byte by byte. `mix:` weighs the members anew for every
bit, by who was right in the same situation before; `avg:` has one share for each, moved by Bayes' rule after every
byte. *The better one, told in advance* is what nobody can have: of each byte the fewer bits of the two. A mixture can
cost less than that, as two opinions together may be surer than either.

Below the passage in which the mixture gains most over the better of its members, a letter stands where one of them
predicted the byte by at least one bit better than the other; ↵ is the end of a line. `{script}`
makes this page anew; the terms are explained in the [glossary](../../docs/glossary.md).
"""


def bits_of(spec, folder):
    return json.loads(run(["score", spec, "text", "--json", "--per-byte", "-t", "1"], folder))


def best_passage(gain, size):
    """Where `size` bytes in a row have the largest sum."""
    sums = [0.0]
    for value in gain:
        sums.append(sums[-1] + value)
    return max(range(len(gain) - size + 1), key=lambda i: sums[i + size] - sums[i])


def passage(data, bits, members, letters, begin):
    lines = ["```"]
    for at in range(begin, begin + WIDTH * LINES, WIDTH):
        text, marks = "", ""
        for i in range(at, at + WIDTH):
            byte = data[i]
            text += chr(byte) if 32 <= byte < 127 else "↵" if byte == 10 else "·"
            lead = bits[members[1]][i] - bits[members[0]][i]
            marks += letters[0] if lead >= 1 else letters[1] if lead <= -1 else " "
        lines += [text, marks.rstrip()]
    return "\n".join(lines + ["```"])


def section(title, about, data, members, letters, folder):
    with open(os.path.join(folder, "text"), "wb") as file:
        file.write(data)
    specs = [*members, "avg:" + "+".join(members), "mix:" + "+".join(members)]
    scores = {spec: bits_of(spec, folder) for spec in specs}
    bits = {spec: scores[spec]["bits_of_bytes"] for spec in specs}
    better = [min(bits[member][i] for member in members) for i in range(len(data))]
    rows = [f"\n## {title}\n", folded(about), "", "| model | bits per byte | against the better member |",
            "|---|--:|--:|"]
    best = min(sum(bits[member]) for member in members)
    for name, total in [*((f"`{spec}`", sum(bits[spec])) for spec in specs), ("the better one, told in advance",
                                                                              sum(better))]:
        rows.append(f"| {name} | {total / len(data):.3f} | {100 * (total / best - 1):+.1f} % |")
    rows.append("")
    for member, other, letter in zip(members, reversed(members), letters):
        leads = [bits[other][i] - bits[member][i] for i in range(len(data))]
        won = [lead for lead in leads if lead >= 1]
        rows.append(folded(f"- `{member}` (**{letter}**) is better by a bit or more at "
                    f"{100 * len(won) / len(data):.1f} % of the bytes, and saves "
                    f"{sum(won) / 8:,.0f} bytes there; its mean weight in `mix:` is "
                    f"{weight_of(scores[specs[-1]], member):.2f}, its mean share in `avg:` "
                    f"{weight_of(scores[specs[-2]], member):.2f}."))
    alone = [min(members, key=lambda member: sum(bits[member]))][0]
    gain = [bits[alone][i] - bits[specs[-1]][i] for i in range(len(data))]
    rows += ["", passage(data, bits, members, letters, best_passage(gain, WIDTH * LINES))]
    return "\n".join(rows) + "\n"


def folded(text):
    return textwrap.fill(text, 120, subsequent_indent="  " if text.startswith("-") else "")


def weight_of(score, member):
    return next(row["mean_weight"] for row in score["members"] if row["model"] == member)


def samples(data, members, folder):
    with open(os.path.join(folder, "prompt"), "wb") as file:
        file.write(data)
    lines = ["\n## Samples\n", f"What follows the first {len(data):,} bytes of the program, by each with seed 1; every "
             "sample is the first that its command gives.\n"]
    for spec in [*members, "mix:" + "+".join(members)]:
        command = ["generate", spec, "-f", "prompt", "-n", str(COUNT), "--seed", "1", "--temp", "0.8", "--no-prompt"]
        text = json.loads(run([*command, "--json"], folder))["text"]
        text = "".join(c if c == "\n" or c.isprintable() else "?" for c in text)
        lines += [f"**{spec}**\n", "```", text, "```\n"]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        wiki = file.read()[-100_000:][:8_000]
    with open(os.path.join(ROOT, "models/ppm/ppm.cc"), "rb") as file:
        program = file.read()[:8_000]
    with open(os.path.join(ROOT, "samples/text.txt"), "rb") as file:
        tale = file.read()
    page = HEAD.format(script="samples/gallery/mixtures.py TEXT")
    learned = ["cm", "lm:english"]
    with tempfile.TemporaryDirectory() as folder:
        page += section("A tale that repeats itself", "The 4,786 bytes of `samples/text.txt`.", tale,
                        ["ppm:6", "gzip:9"], "pg", folder)
        page += section("A program, to a model that has read an encyclopedia",
                        "The first 8,000 bytes of `models/ppm/ppm.cc`: `lm:english` knows the words, `cm` soon "
                        "knows the program.", program, learned, "cl", folder)
        page += section("An encyclopedia", "8,000 bytes near the end of the first 4 MB of enwik8, which "
                        "`lm:english` has never seen: `cm` learns the names and the markup of these pages.",
                        wiki, learned, "cl", folder)
        page += samples(program[:2_000], learned, folder)
    with open(os.path.join(ROOT, "samples/gallery/mixtures.md"), "w") as file:
        file.write(page.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
