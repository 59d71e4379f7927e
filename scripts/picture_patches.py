#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts pictures into gray patches of 32x64 pixels, 2048 bytes each, as `zipdream rates` cuts them, to train on.

Each picture is read many times: shrunk to another size, mirrored or not, coded as JPEG of another quality or not at
all, cut from its top left corner. Needs python3-pil and python3-numpy. The seed fixes the bytes for one version of
those. Usage: scripts/picture_patches.py FOLDER OUT [COUNT [SEED]]; FOLDER holds pictures (gather_pictures.py).
"""
import glob
import io
import multiprocessing
import os
import sys

import numpy
from PIL import Image

ROWS, COLUMNS = 32, 64
SIDES = (280, 640)  # pixels of the longer side
NO_JPEG = 0.3  # share of the readings
QUALITIES = (70, 99)


def reading(task):
    """The patches of one reading of a picture, [count][ROWS * COLUMNS]."""
    path, seed = task
    random = numpy.random.default_rng(seed)
    picture = Image.open(path).convert("RGB")
    side = random.integers(*SIDES)
    if max(picture.size) > side:
        picture.thumbnail((side, side), Image.LANCZOS)
    if random.random() < 0.5:
        picture = picture.transpose(Image.FLIP_LEFT_RIGHT)
    if random.random() >= NO_JPEG:
        coded = io.BytesIO()
        picture.save(coded, "JPEG", quality=int(random.integers(*QUALITIES)), subsampling=int(random.choice([0, 2])))
        picture = Image.open(coded)
    gray = numpy.asarray(picture.convert("L"))
    rows, columns = gray.shape[0] // ROWS, gray.shape[1] // COLUMNS
    cut = gray[: rows * ROWS, : columns * COLUMNS].reshape(rows, ROWS, columns, COLUMNS)
    return cut.transpose(0, 2, 1, 3).reshape(-1, ROWS * COLUMNS)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: scripts/picture_patches.py FOLDER OUT [COUNT [SEED]]")
    folder, out = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    files = sorted(glob.glob(os.path.join(glob.escape(folder), "*")))
    order = numpy.random.default_rng(seed)
    tasks = ((files[order.integers(len(files))], (seed, number)) for number in range(10 * count))
    written = 0
    with multiprocessing.Pool() as pool, open(out, "wb") as file:
        for patches in pool.imap(reading, tasks, chunksize=4):
            file.write(patches[: count - written].tobytes())
            written += min(len(patches), count - written)
            if written == count:
                break
        pool.terminate()


main()
