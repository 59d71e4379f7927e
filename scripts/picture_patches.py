#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts pictures into patches of 32x64 pixels, gray ones of 2048 bytes, as `zipdream rates` cuts them, to train on.

Each picture is read many times: shrunk to another size, mirrored or not, coded as JPEG of another quality or not at
all, cut from its top left corner. Needs python3-pil and python3-numpy. The seed fixes the bytes for one version of
those. FOLDER holds pictures (gather_pictures.py).
"""
import argparse
import glob
import io
import multiprocessing
import os

import numpy
from PIL import Image

PATCH = (64, 32)  # columns, rows
SIDES = (280, 640)  # pixels of the longer side
NO_JPEG = 0.3  # share of the readings
QUALITIES = (70, 99)


def reading(task):
    """The patches of one reading of a picture, a row for each."""
    path, seed, options = task
    random = numpy.random.default_rng(seed)
    picture = Image.open(path).convert("RGB")
    side = random.integers(*options.sides)
    if max(picture.size) > side:
        picture.thumbnail((side, side), Image.LANCZOS)
    if random.random() < 0.5:
        picture = picture.transpose(Image.FLIP_LEFT_RIGHT)
    if random.random() >= NO_JPEG:
        coded = io.BytesIO()
        quality = random.choice(options.qualities) if options.qualities else random.integers(*QUALITIES)
        picture.save(coded, "JPEG", quality=int(quality), subsampling=int(random.choice([0, 2])))
        picture = Image.open(coded)
    if options.rgb:
        pixels = numpy.asarray(picture.convert("RGB"))
    elif options.mean:
        mean = (numpy.asarray(picture.convert("RGB"), dtype=numpy.uint16).sum(axis=2) + 1) // 3
        pixels = mean.astype(numpy.uint8)
    else:
        pixels = numpy.asarray(picture.convert("L"))
    width, height = options.patch
    rows, columns, channels = pixels.shape[0] // height, pixels.shape[1] // width, pixels[0, 0].size
    cut = pixels[: rows * height, : columns * width].reshape(rows, height, columns, width, channels)
    patches = cut.transpose(0, 2, 1, 3, 4).reshape(-1, height * width * channels)
    if options.keep == 1:
        return patches
    share = numpy.full(len(patches), options.keep)
    if options.rough:
        share *= numpy.minimum(1, numpy.abs(numpy.diff(patches[:, ::channels].astype(int))).mean(axis=1) / options.rough)
    return patches[random.random(len(patches)) < share]


def options_of_command_line():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("count", nargs="?", type=int, default=100000)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--rgb", action="store_true", help="not gray, but three bytes a pixel")
    parser.add_argument("--mean", action="store_true", help="gray is the mean of R, G and B, not luma")
    parser.add_argument("--qualities", nargs="+", type=int, help="of JPEG, each as likely as it is often given")
    parser.add_argument("--keep", type=float, default=1, metavar="SHARE", help="of the patches of a reading")
    parser.add_argument("--rough", type=float, metavar="LEVEL",
                        help="with --keep: of patches whose pixels differ by less from the next, in proportion fewer")
    parser.add_argument("--patch", nargs=2, type=int, default=PATCH, help="columns and rows")
    parser.add_argument("--sides", nargs=2, type=int, default=SIDES, help="range of the longer side, in pixels")
    parser.add_argument("--leave-out", type=int, metavar="N", help="every Nth picture is not read")
    parser.add_argument("--only", type=int, metavar="N", help="only every Nth picture is read")
    return parser.parse_args()


def main():
    options = options_of_command_line()
    files = sorted(glob.glob(os.path.join(glob.escape(options.folder), "*")))
    if options.leave_out:
        files = [file for i, file in enumerate(files) if i % options.leave_out]
    if options.only:
        files = files[:: options.only]
    order = numpy.random.default_rng(options.seed)
    numbers = range(10 * options.count)
    tasks = ((files[order.integers(len(files))], (options.seed, number), options) for number in numbers)
    written = 0
    with multiprocessing.Pool() as pool, open(options.out, "wb") as file:
        for patches in pool.imap(reading, tasks, chunksize=4):
            file.write(patches[: options.count - written].tobytes())
            written += min(len(patches), options.count - written)
            if written == options.count:
                break
        pool.terminate()


main()
