#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Gathers free photographs and paintings to train on from packages of Debian, as PNG of at most 1024 pixels a side.

Nothing is installed. Needs python3-pil. Usage: scripts/gather_pictures.py FOLDER [PACKAGE...]
"""
import fnmatch
import io
import os
import subprocess
import sys
import tempfile

from PIL import Image

# Package, where its pictures are, and their licence. Drawings and screenshots are left out by name.
PACKAGES = {
    "gcompris-qt-data": ["*/rcc/explore_*.rcc", "*/rcc/details.rcc", "*/rcc/categorization.rcc"],
    "lomiri-wallpapers-16.04": ["*.jpg", "*.png"],
    "lomiri-wallpapers-20.04": ["*.jpg", "*.png"],
    "lxqt-themes": ["*.jpg"],
    "mate-backgrounds": ["*/nature/*", "*/desktop/*", "*/cosmos/*"],
    "opencv-doc": ["*/samples/data/*.jpg", "*/samples/data/*.png"],
    "plasma-workspace-wallpapers": ["*/contents/images*/*.jpg", "*/contents/images*/*.png"],
    "python3-skimage": ["*/skimage/data/*.jpg", "*/skimage/data/*.png"],
    "ukui-wallpapers": ["*.jpg", "*.png"],
}
MAX_SIDE = 1024  # pixels
MIN_SIDE = 160
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def webp_parts(data):
    """The WebP files within a Qt resource file."""
    at = data.find(b"RIFF")
    while at >= 0:
        if data[at + 8 : at + 12] == b"WEBP":
            yield data[at : at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")]
        at = data.find(b"RIFF", at + 4)


def pictures(root, patterns):
    """Name and bytes of each picture, in the order of their names; of several sizes only the largest."""
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)
    largest = {}
    for path in files:
        if not any(fnmatch.fnmatch(path, pattern) for pattern in patterns) or os.path.islink(path):
            continue
        with open(path, "rb") as file:
            data = file.read()
        if path.endswith(".rcc"):
            yield from ((f"{path}#{i}", part) for i, part in enumerate(webp_parts(data)))
        elif path.lower().endswith(ENDINGS):
            folder = os.path.dirname(path)
            key = folder if "/contents/images" in folder else path
            if key not in largest or len(largest[key][1]) < len(data):
                largest[key] = (path, data)
    yield from (largest[key] for key in sorted(largest))


def shrunk(data):
    """The picture in RGB within MAX_SIDE; None if it is too small or no picture."""
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except OSError:
        return None
    if min(picture.size) < MIN_SIDE:
        return None
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.LANCZOS)
    return picture


def gather(package, patterns, out):
    with tempfile.TemporaryDirectory() as work:
        # An absolute path needs no write access by apt's own user.
        subprocess.run(["apt-get", "download", "-qq", package], cwd=work, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["dpkg-deb", "-x", os.path.join(work, os.listdir(work)[0]), os.path.join(work, "x")], check=True)
        count = 0
        for _, data in pictures(os.path.join(work, "x"), patterns):
            picture = shrunk(data)
            if picture is not None:
                picture.save(os.path.join(out, f"{package}-{count:03}.png"))
                count += 1
    print(f"{package:30} {count:4} pictures", flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: scripts/gather_pictures.py FOLDER [PACKAGE...]")
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    for package in sys.argv[2:] or sorted(PACKAGES):
        gather(package, PACKAGES[package], out)


main()
