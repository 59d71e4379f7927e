#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the text of files: HTML and XML without their tags, what is compressed by gzip unpacked.

Usage: scripts/plain_text.py FILE...
"""
import gzip
import html.parser
import re
import sys

SKIPPED = {"script", "style", "head", "nav", "title", "svg"}
BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "h4", "dt", "dd", "tr", "pre", "section", "item", "br"}


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.skipped, self.verbatim = [], [], 0

    def handle_starttag(self, tag, attributes):
        if tag in SKIPPED or dict(attributes).get("role") == "navigation":
            self.skipped.append(tag)
        elif self.skipped and tag == self.skipped[-1]:
            self.skipped.append(tag)
        self.verbatim += tag == "pre"
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        if self.skipped and tag == self.skipped[-1]:
            self.skipped.pop()
        self.verbatim -= tag == "pre"
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.skipped:
            self.parts.append(data if self.verbatim > 0 else re.sub(r"\s+", " ", data))


def text_of(path):
    with open(path, "rb") as file:
        content = file.read()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = content.decode("utf-8", "replace")
    if path.endswith((".html", ".page")):
        parser = Text()
        parser.feed(text)
        text = "".join(parser.parts)
    text = re.sub(r"[ \t]+\n", "\n", text.replace("\u00b6", "").replace("\u00a0", " "))
    text = re.sub(r"\n[ \t]+(?=\S)", "\n", text) if path.endswith((".html", ".page")) else text
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n\n"


for argument in sys.argv[1:]:
    sys.stdout.write(text_of(argument))
