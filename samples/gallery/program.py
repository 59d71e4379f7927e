# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this gallery share: the program, and text made fit for a page."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build/release/zipdream")


def run(arguments, folder):
    """What the program prints, run in the folder; an exception if it fails."""
    return subprocess.run([PROGRAM, *arguments], cwd=folder, check=True, capture_output=True).stdout


def shown(text):
    """The text with a question mark for everything that a page can't print, and lines that fit it."""
    text = "".join(c if c == "\n" or c.isprintable() else "?" for c in text)
    return re.sub("(.{116})(?=.{5})", "\\1↩\n", text)
