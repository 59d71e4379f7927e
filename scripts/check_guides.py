#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what the guides and the start page of docs/ show: lines of shells that call zipdream, and Python as it stands.

Usage: scripts/check_guides.py [BUILD_FOLDER]     (build/release)
In a folder of its own, with the samples, and a small file or two for each name of a user's that the guides use.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SKIPPED = re.compile(r"docker|apt-get|scripts/|cmake|\bcc\b|g\+\+|zipdream serve|damaged\.zd")


def blocks_of(page, language):
    with open(page, encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.M | re.S)


def lines_of(block):
    """Whole lines; of a transcript those after a prompt."""
    lines = re.sub(r" \\\n\s*", " ", block).splitlines()
    typed = [line[2:] for line in lines if line.startswith("$ ")]
    return [line for line in typed or lines if re.search(r"\bzipdream\b|^tar ", line)]


def prepare(folder):
    os.symlink(os.path.join(ROOT, "samples"), os.path.join(folder, "samples"))
    for name in ("book.txt", "text.txt", "letter.txt"):
        shutil.copy(os.path.join(ROOT, "samples/text.txt"), os.path.join(folder, name))
    os.mkdir(os.path.join(folder, "FILES"))
    for place, name, sample in (("FILES", "a.txt", "text.txt"), ("photos", "a.jpg", "rock.png"),
                                ("recordings", "a.flac", "sound.wav"), ("folder", "a.txt", "text.txt")):
        os.makedirs(os.path.join(folder, place), exist_ok=True)
        shutil.copy(os.path.join(ROOT, "samples", sample), os.path.join(folder, place, name))


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/release"))
    environment = {**os.environ, "PATH": build + os.pathsep + os.environ["PATH"],
                   "PYTHONPATH": os.path.join(build, "python"), "LC_ALL": "C.UTF-8"}
    failures, count = [], 0

    def run(page, shown, words, folder):
        done = subprocess.run(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            failures.append(f"{os.path.basename(page)}: {shown}: {done.stderr.decode(errors='replace').strip()}")

    for page in [os.path.join(ROOT, "docs/index.md"), *sorted(glob.glob(os.path.join(ROOT, "docs/guides/*.md")))]:
        with tempfile.TemporaryDirectory() as folder:
            prepare(folder)
            for block in blocks_of(page, "sh") + blocks_of(page, "text"):
                for line in lines_of(block):
                    if SKIPPED.search(line):
                        continue
                    count += 1
                    run(page, line, ["bash", "-c", f"set -o pipefail; {line}"], folder)
            program = "\n".join(blocks_of(page, "python"))
            if program:
                count += 1
                run(page, "the program in Python", ["/usr/bin/python3", "-c", program], folder)
    for failure in failures:
        print(f"check_guides: {failure}", file=sys.stderr)
    print(f"check_guides: {count} lines and programs")
    return 1 if failures or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
