#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes 8-bit samples at 16 kHz to train on, as `zipdream rates` makes them, from recordings of 16 bits and 16 kHz.

Each recording is read many times: louder or softer, faster or slower with its pitch, turned upside down or not. Needs
python3-numpy. The seed fixes the bytes for one version of it.
Usage: scripts/speech_samples.py IN OUT [COPIES [SEED]]; IN holds the recordings' samples one after the other, 16 bits
signed, little endian: `flac -dcs --force-raw-format --endian=little --sign=signed *.flac > IN`.
"""
import multiprocessing
import sys

import numpy

GAIN_DECIBELS = 9.0  # at most this much louder or softer
SPEEDS = (0.85, 1.18)
TAPS = 32
PART = 1 << 18  # samples that are changed alike


def resampled(samples, speed):
    """Windowed sinc; below the new Nyquist frequency nothing is lost."""
    places = numpy.arange(TAPS, len(samples) - TAPS, speed)
    first = numpy.floor(places).astype(numpy.int64)
    cut = min(1.0, 1 / speed)
    out = numpy.zeros(len(places))
    for tap in range(1 - TAPS // 2, TAPS // 2 + 1):
        distance = places - first - tap
        window = numpy.cos(numpy.pi * distance / TAPS) ** 2
        out += samples[first + tap] * numpy.sinc(distance * cut) * cut * window
    return out


def reading(task):
    """One part, changed, as 8-bit samples."""
    samples, seed = task
    random = numpy.random.default_rng(seed)
    changed = resampled(samples.astype(numpy.float64), random.uniform(*SPEEDS))
    gain = 10 ** (random.uniform(-GAIN_DECIBELS, GAIN_DECIBELS) / 20)
    gain = min(gain, 32000 / max(1.0, float(numpy.abs(changed).max())))
    changed *= gain * random.choice([-1, 1])
    wide = numpy.clip(numpy.rint(changed), -32768, 32767).astype(numpy.int64)
    return ((wide + 32768) >> 8).astype(numpy.uint8).tobytes()


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: scripts/speech_samples.py IN OUT [COPIES [SEED]]")
    samples = numpy.fromfile(sys.argv[1], "<i2")
    copies = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    parts = [samples[at : at + PART] for at in range(0, len(samples), PART)]
    tasks = ((part, (seed, copy, i)) for copy in range(copies) for i, part in enumerate(parts))
    with multiprocessing.Pool() as pool, open(sys.argv[2], "wb") as file:
        for made in pool.imap(reading, tasks):
            file.write(made)


main()
