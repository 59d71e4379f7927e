#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a model's probabilities could be better by being mapped (secondary symbol estimation): a table in Markdown.

Usage: scripts/calibration.py MODEL FILE...   (ppm:6; BYTES=N cuts files to their first N bytes, by default 50000)

Of each byte the event "it is the likeliest one" is coded by the model's own probability, and by one that an adaptive map
makes of it: 33 places between which it interpolates, for each of the 16 ways in which the last four events went, half
and half with the probability itself. What the map saves, in per cent of all bits, is what such a stage would bring.
Takes the Python module of build/release, or of the folder that BUILD names.
"""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("BUILD", os.path.join(os.path.dirname(__file__), "../build/release")),
                                "python"))
import zipdream

PLACES, RATE, LEAST = 33, 0.02, 1e-6


class Map:
    """From a probability to the share of such events that came true lately."""

    def __init__(self):
        self.shares = [1 / (1 + math.exp(-(i - PLACES // 2) / 2)) for i in range(PLACES)]

    def place(self, p):
        at = min(max(2 * math.log(p / (1 - p)) + PLACES // 2, 0), PLACES - 1.001)
        return int(at), at - int(at)

    def ask(self, p):
        i, weight = self.place(p)
        return (1 - weight) * self.shares[i] + weight * self.shares[i + 1]

    def learn(self, p, came):
        i, weight = self.place(p)
        self.shares[i] += 2 * RATE * (1 - weight) * (came - self.shares[i])
        self.shares[i + 1] += 2 * RATE * weight * (came - self.shares[i + 1])


def bits(p, came):
    return -math.log2(min(max(p if came else 1 - p, LEAST), 1))


def measure(model, data):
    """Bits of all, of the events by the model, and by the map."""
    session = model.session(b"")
    maps = [Map() for _ in range(16)]
    lately = 0
    total = own = mapped = 0.0
    for byte in data:
        log2_probs = list(session.log2_probs())
        likeliest = max(range(256), key=log2_probs.__getitem__)
        p = min(max(2 ** log2_probs[likeliest], LEAST), 1 - LEAST)
        came = byte == likeliest
        total -= log2_probs[byte]
        own += bits(p, came)
        mapped += bits((p + maps[lately].ask(p)) / 2, came)
        maps[lately].learn(p, came)
        lately = (2 * lately + came) % 16
        session.update(byte)
    return total, own, mapped


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    model = zipdream.load(sys.argv[1])
    print("| file | bits per byte | of them whether it is the likeliest | saved by a map |")
    print("|---|--:|--:|--:|")
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            data = file.read(int(os.environ.get("BYTES", 50000)))
        total, own, mapped = measure(model, data)
        print(f"| {os.path.basename(path)} | {total / len(data):.4f} | {100 * own / total:.0f} % "
              f"| {100 * (own - mapped) / total:.2f} % |", flush=True)


if __name__ == "__main__":
    main()
