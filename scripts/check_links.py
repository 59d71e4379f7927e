#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows every link of a site's pages that stays within it, to the page and to the place in it; needs no network.

Usage: scripts/check_links.py FOLDER
"""

import os
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.places.update(attributes[name] for name in ("id", "name") if attributes.get(name))
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]


def main():
    root = sys.argv[1]
    pages = {}
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".html"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    pages[os.path.normpath(path)] = Page(file.read())
    broken, count = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target, place = urldefrag(link)
            target = os.path.normpath(os.path.join(os.path.dirname(path), unquote(urlsplit(target).path))) \
                if target else path
            if os.path.isdir(target):
                target = os.path.join(target, "index.html")
            if not os.path.exists(target):
                broken.append(f"{path}: {link} is not there")
            elif place and target in pages and unquote(place) not in pages[target].places:
                broken.append(f"{path}: {link}: no such place in that page")
    for line in broken:
        print(f"check_links: {line}", file=sys.stderr)
    print(f"check_links: {count} links in {len(pages)} pages", file=sys.stderr)
    return 1 if broken or not count else 0


if __name__ == "__main__":
    sys.exit(main())
