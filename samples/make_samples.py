#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes image.png, rock.png, lake.png and sound.wav, zipdream's own small inputs.

Usage: samples/make_samples.py [FOLDER]

All are made to be continued. Everything in the picture repeats after a width that divides its left half, but
for the sun; the rock repeats nothing but is alike everywhere, as photographs are; the lake has what many of them
show. The tune repeats its bars, ends inside one, and every tone has a period of whole samples, so that codecs
find it again byte by byte. The same samples and pixels come out on every machine.
"""

import math
import pathlib
import struct
import sys
import wave
import zlib

# --- The picture: an evening street, 96 x 64 RGB -----------------------------------------------------------

WIDTH, HEIGHT = 96, 64
HORIZON = 40  # where the gradient of the sky ends
STREET = 55  # where the houses end

SKY_TOP, SKY_MIDDLE, SKY_BOTTOM = (38, 46, 92), (206, 112, 122), (255, 200, 130)
SUN, HALO = (255, 244, 200), (255, 222, 160)
FAR_HILLS, NEAR_HILLS = (112, 84, 126), (66, 66, 104)
WINDOW, PANE, DOOR = (255, 214, 110), (186, 132, 62), (70, 44, 48)
GRASS, BLADE = (42, 78, 62), (58, 100, 70)
PICKET, SHADE, RAIL = (238, 226, 208), (176, 160, 156), (206, 192, 180)

# Two houses, then the same two again: wall, roof, first column, width, top of the wall, windows.
HOUSES = [
    ((188, 92, 80), (92, 48, 62), 2, 20, 36, (3, 13)),
    ((104, 128, 148), (56, 66, 96), 25, 20, 33, (3, 13)),
]
HOUSES_REPEAT = 48


def mix(first, second, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second))


def sky(y):
    share = y / HORIZON
    if share < 0.6:
        return mix(SKY_TOP, SKY_MIDDLE, share / 0.6)
    return mix(SKY_MIDDLE, SKY_BOTTOM, min(1, (share - 0.6) / 0.4))


def cloud(x, y):
    for left, right, row in ((4, 18, 9), (7, 23, 10), (28, 38, 5), (31, 44, 6), (14, 21, 15)):
        if row == y and left <= x % 48 < right:
            return True
    return False


def background(x, y):
    near = 38 + 2.5 * math.sin(2 * math.pi * x / 24)
    far = 33 + 3.5 * math.sin(2 * math.pi * (x + 9) / 48)
    if y >= near:
        return NEAR_HILLS
    if y >= far:
        return FAR_HILLS
    from_sun = math.hypot(x - 24.5, y - 19.5)
    if from_sun < 6.3:
        return SUN
    if from_sun < 8.2:
        return HALO
    return mix(sky(y), (255, 232, 214), 0.45) if cloud(x, y) else sky(y)


def house(x, y):
    """The colour of the house that covers this pixel, or None."""
    x %= HOUSES_REPEAT
    for wall, roof, left, width, top, windows in HOUSES:
        inside = x - left
        if not 0 <= inside < width or y >= STREET:
            continue
        slope = min(inside, width - 1 - inside)
        if y < top:
            return roof if y >= top - min(slope, 7) else None
        if y == top:
            return roof
        for window in windows:
            column, row = inside - window, (y - top - 3) % 8
            if 0 <= column < 4 and 0 <= row < 5 and y < STREET - 3:
                return PANE if row == 2 else WINDOW
        door = inside - width // 2 + 2
        if 0 <= door < 4 and y >= STREET - 7:
            return DOOR
        return mix(wall, roof, 0.25) if inside == width - 1 else wall
    return None


def fence(x, y):
    """Pickets every 6 pixels with two rails behind them, or None."""
    column = x % 6
    top = 51 if column in (1, 2) else 52
    if column < 4 and top <= y < 62:
        return SHADE if column == 3 else PICKET
    return RAIL if y in (54, 59) else None


def ground(x, y):
    return BLADE if (x * 5 + y * 3) % 8 < 2 else GRASS


def picture():
    rows = []
    for y in range(HEIGHT):
        row = []
        for x in range(WIDTH):
            color = fence(x, y) or house(x, y)
            row.append(color or (ground(x, y) if y >= STREET - 1 else background(x, y)))
        rows.append(bytes(sample for color in row for sample in color))
    return rows


# --- The rock: layers of stone, 160 x 96 gray ----------------------------------------------------------------

ROCK_WIDTH, ROCK_HEIGHT = 160, 96
OCTAVES = [(64, 100), (32, 60), (16, 40), (8, 25), (4, 16), (2, 10), (1, 6)]  # size of a lump, weight


def lattice(x, y, layer):
    """A number from 0 to 1 for each point of a grid, in no visible order."""
    word = (x * 374761393 + y * 668265263 + layer * 2147483647 + 1274126177) & 0xFFFFFFFF
    word = ((word ^ (word >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((word ^ (word >> 16)) & 0xFFFF) / 0xFFFF


def lumps(x, y, layer):
    """The lattice, smoothly filled in."""
    column, row = math.floor(x), math.floor(y)
    u, v = (t * t * (3 - 2 * t) for t in (x - column, y - row))
    top = lattice(column, row, layer) * (1 - u) + lattice(column + 1, row, layer) * u
    bottom = lattice(column, row + 1, layer) * (1 - u) + lattice(column + 1, row + 1, layer) * u
    return top * (1 - v) + bottom * v


def roughness(x, y):
    total = sum(weight * lumps(x / size, y / size, layer) for layer, (size, weight) in enumerate(OCTAVES))
    return total / sum(weight for _, weight in OCTAVES)


def rock():
    def shade(x, y):
        layers = 0.5 + 0.5 * math.sin((y + 24 * roughness(x * 0.5 + 90, y * 0.5)) / 7)
        return round(40 + 190 * (0.7 * roughness(x, y * 1.6) + 0.3 * layers) + 6 * lattice(x, y, 99) - 3)

    return [bytes(shade(x, y) for x in range(ROCK_WIDTH)) for y in range(ROCK_HEIGHT)]


# --- The lake: mountains, a forest and what the water makes of them, 192 x 112 gray ----------------------------

LAKE_WIDTH, LAKE_HEIGHT = 192, 112
SHORE = 70  # where the water begins


def land(x, y, layer):
    """Brightness of the mountains (0), the hills (1) or the forest (2) at a place, or None above them."""
    if layer == 0:
        edge = 44 - 26 * abs(math.sin(x / 41 + 0.4)) - 22 * (roughness(x * 1.5 + 300, 7) - 0.5)
        snow = 90 * max(0.0, 1 - (y - edge) / (9 + 12 * lumps(x / 5, 3, 40)))
        return None if y < edge else 96 + snow + 60 * (roughness(x * 2.2, y * 1.4 + x * 0.7) - 0.5)
    if layer == 1:
        edge = 52 - 9 * math.sin(x / 29 + 2) - 14 * (roughness(x * 2 + 90, 50) - 0.5)
        return None if y < edge else 84 + 70 * (roughness(x * 3 + 40, y * 3) - 0.5)
    edge = SHORE - 7 - 5 * lattice(math.floor(x / 2), 1, 41) - 3 * lumps(x / 9, 2, 42)
    return None if y < edge else 38 + 40 * (roughness(x * 6, y * 4 + 70) - 0.4)


def above_water(x, y):
    for layer in (2, 1, 0):
        brightness = land(x, y, layer)
        if brightness is not None:
            return brightness
    cloud = roughness(x * 0.6 + 500, y * 1.5 + 200) - 0.48
    return 150 + 0.7 * y + 190 * max(0.0, cloud)


def lake():
    def shade(x, y):
        brightness = above_water(x, y)
        if y >= SHORE:
            wave_height = lumps(x / 11, (y - SHORE) / 1.7, 43) + 0.5 * lumps(x / 4, y - SHORE, 44)
            depth = (y - SHORE) * 1.25
            mirrored = above_water(x + 3 * (wave_height - 0.7), SHORE - 1 - depth + 5 * (wave_height - 0.7))
            brightness = 0.8 * mirrored + 14 + 22 * (wave_height - 0.7)
        return max(0, min(255, round(brightness + 7 * (lattice(x, y, 98) + lattice(x, y, 97) - 1))))

    return [bytes(shade(x, y) for x in range(LAKE_WIDTH)) for y in range(LAKE_HEIGHT)]


# --- Files -------------------------------------------------------------------------------------------------


def write_png(path, rows, channels=3):
    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    color = {1: 0, 3: 2}[channels]
    header = struct.pack(">IIBBBBB", len(rows[0]) // channels, len(rows), 8, color, 0, 0, 0)
    unfiltered = b"".join(b"\0" + row for row in rows)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(unfiltered, 9))
        + chunk(b"IEND", b"")
    )


# --- The sound: a plucked tune, 8 kHz, 16 bits, mono -------------------------------------------------------

RATE = 8000
NOTE = 1440  # samples; a multiple of every period below, so that notes end with a whole period
LENGTH = 20000  # breaks off in the second note of the fourth bar
HOLD = 4  # a string sounds this many periods before it has lost some of its brightness

# Periods in samples: 8000 / 24 = 333 Hz is the tonic of a minor pentatonic scale in just intonation, whose
# ratios 6/5, 4/3, 3/2, 16/9 are whole numbers of samples too. Each bar has a bass note and four of the tune.
BAR_A = (48, (24, 16, 18, 20))
BAR_B = (36, (18, 20, 24, 32))
BARS = (BAR_A, BAR_B, BAR_A, BAR_B)


def pluck(period, length):
    """A string of `period` points, pulled out at a fifth of its length; its corners wear off."""
    peak = period / 5
    string = [i / peak if i < peak else (period - i) / (period - peak) for i in range(period)]
    mean = sum(string) / period
    string = [point - mean for point in string]
    samples = []
    while len(samples) < length:
        samples += string * HOLD
        string = [
            0.985 * (0.12 * string[i - 1] + 0.76 * string[i] + 0.12 * string[(i + 1) % period])
            for i in range(period)
        ]
    return samples[:length]


def tune():
    samples = []
    for bass, notes in BARS:
        melody = [sample for period in notes for sample in pluck(period, NOTE)]
        low = pluck(bass, len(melody))
        samples += [0.9 * high + 0.6 * deep for high, deep in zip(melody, low)]
    return samples[:LENGTH]


def write_wav(path, samples):
    loudest = max(abs(sample) for sample in samples)
    words = [round(sample / loudest * 0.85 * 32767) for sample in samples]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(words)}h", *words))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    write_png(folder / "image.png", picture())
    write_png(folder / "rock.png", rock(), channels=1)
    write_png(folder / "lake.png", lake(), channels=1)
    write_wav(folder / "sound.wav", tune())


if __name__ == "__main__":
    main()
