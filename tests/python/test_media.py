# SPDX-License-Identifier: Apache-2.0
"""continue_image() and continue_audio(), of buffers; NumPy is not needed."""
import array
import io
import math
import os
import pathlib
import struct
import subprocess
import wave
import zlib

import pytest
import zipdream

WIDTH, HEIGHT = 12, 8
GRAY = memoryview(bytes((7 * x + 31 * y) % 256 for y in range(HEIGHT) for x in range(WIDTH))).cast(
    "B", (HEIGHT, WIDTH))
RGB = memoryview(bytes((5 * i) % 251 for i in range(3 * WIDTH * HEIGHT))).cast("B", (HEIGHT, WIDTH, 3))
TUNE = array.array("h", (round(9000 * math.sin(i / 4)) for i in range(1500)))


def command(*words):
    subprocess.run([os.environ["ZIPDREAM_BINARY"], "generate", *words, "-q"], check=True, capture_output=True)


def pixels_of_png(content):
    """Of the files that OpenCV and continue_image() write: 8 bits, without interlacing."""
    width, height, _, color = struct.unpack(">IIBB", content[16:26])
    channels = 3 if color == 2 else 1
    at, data = 8, b""
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        data += content[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw, stride, above, pixels = zlib.decompress(data), width * channels, bytes(width * channels), b""
    for y in range(height):
        filter_type, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left = line[x - channels] if x >= channels else 0
            corner = above[x - channels] if x >= channels else 0
            guess = left + above[x] - corner
            nearest = min((left, above[x], corner), key=lambda one: abs(guess - one))
            line[x] = (line[x] + (0, left, above[x], (left + above[x]) // 2, nearest)[filter_type]) % 256
        above = bytes(line)
        pixels += above
    return pixels


@pytest.mark.parametrize("pixels, model, options, flags", [
    (GRAY, "gzip:9", {}, []),
    (GRAY, "image", {"prompt_side": "top"}, ["--prompt-side", "top"]),
    (RGB, "ppm:3", {"rows": "joint", "prompt_fraction": 0.75, "temperature": 0.5},
     ["--rows", "joint", "--prompt-fraction", "0.75", "--temp", "0.5"]),
    (RGB, "image", {"rows": "joint", "temperature": 1.0, "unsure_temperature": 0.6, "colour_temperature": 0.7},
     ["--rows", "joint", "--temp", "1:0.6", "--colour-temp", "0.7"]),
])
def test_continues_images_as_the_command_does(tmp_path, pixels, model, options, flags):
    image = zipdream.continue_image(pixels, model, seed=4, **options)
    view = memoryview(image)
    assert view.shape == pixels.shape and view.format == "B"
    given = zipdream.continue_image(pixels, model, prompt_fraction=0.99)  # all but a column
    (tmp_path / "in.png").write_bytes(_png_of(pixels))
    assert pixels_of_png(given._repr_png_()) == bytes(given)
    command(model, "-f", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png"), "--seed", "4", *flags)
    assert pixels_of_png((tmp_path / "out.png").read_bytes()) == bytes(image)


def _png_of(pixels):
    """By way of the module's own writer."""
    class Picture:
        height, width = pixels.shape[:2]
        channels = 3 if pixels.ndim == 3 else 1

        def __bytes__(self):
            return pixels.tobytes()

    from zipdream import _media
    return _media._png(Picture())


def test_takes_pixels_however_they_lie():
    turned = memoryview(bytes(GRAY[y, x] for x in range(WIDTH) for y in range(HEIGHT))).cast("B", (WIDTH, HEIGHT))
    try:
        import numpy
    except ImportError:
        return
    upright = numpy.asarray(turned).T
    assert bytes(zipdream.continue_image(upright, "gzip:9")) == bytes(zipdream.continue_image(GRAY, "gzip:9"))
    assert numpy.asarray(zipdream.continue_image(upright, "gzip:9")).shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("model, options, flags", [
    ("gzip:9", {}, []),
    ("audio", {"format": "s16"}, ["--format", "s16"]),
])
def test_continues_audio_as_the_command_does(tmp_path, model, options, flags):
    sound = zipdream.continue_audio(TUNE, 8000, model, seconds=0.02, seed=4, **options)
    assert (len(sound), sound.rate, sound.channels) == (160, 8000, 1)
    with wave.open(str(tmp_path / "in.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(TUNE.tobytes())
    command(model, "-f", str(tmp_path / "in.wav"), "-o", str(tmp_path / "out.wav"), "--seed", "4", "--rate", "8000",
            "--seconds", "0.02", *flags)
    with wave.open(str(tmp_path / "out.wav")) as file:
        frames, size = file.readframes(file.getnframes()), file.getsampwidth()
    numbers = [value / 128 - 1 for value in frames] if size == 1 else [
        value / 32768 for value in memoryview(frames).cast("h")]
    assert list(memoryview(sound)) == numbers[len(TUNE):]


@pytest.mark.skipif(not (pathlib.Path(zipdream.__file__).parent / "zipdream_opencv.so").exists(),
                    reason="built without images")
def test_finds_what_reads_files_of_images(tmp_path):
    (tmp_path / "gray.png").write_bytes(_png_of(memoryview(bytes(32 * 64)).cast("B", (32, 64))))
    assert zipdream.rates(["png:9"], tmp_path / "gray.png", media="image")["rows"][0]["chunks"] == 1


def test_takes_floats_bytes_and_stereo():
    floats = array.array("f", (value / 32768 for value in TUNE))
    doubles = array.array("d", (value / 32768 for value in TUNE))
    wanted = memoryview(zipdream.continue_audio(TUNE, 8000, "gzip:9", seconds=0.01)).tobytes()
    for samples in (floats, doubles):
        assert memoryview(zipdream.continue_audio(samples, 8000, "gzip:9", seconds=0.01)).tobytes() == wanted
    stereo = memoryview(TUNE).cast("B").cast("h", (len(TUNE) // 2, 2))
    sound = zipdream.continue_audio(stereo, 8000, "gzip:9", seconds=0.01)
    assert memoryview(sound).shape == (80, 2) and sound.channels == 2
    with wave.open(io.BytesIO(zipdream._media._wav(sound))) as file:
        assert (file.getnchannels(), file.getnframes(), file.getframerate()) == (2, 80, 8000)
    assert "<audio controls" in sound._repr_html_()


def test_takes_a_model_of_ones_own():
    class Black:
        def log2_probs(self):
            return [0.0] + [-1e9] * 255

        def update(self, byte):
            pass

        def clone(self):
            return self

    image = memoryview(zipdream.continue_image(GRAY, Black()))
    assert all(image[y, x] == 0 for y in range(HEIGHT) for x in range(WIDTH // 2, WIDTH))
    assert list(memoryview(zipdream.continue_audio(TUNE, 8000, Black(), seconds=0.001))) == [-1.0] * 8


def test_says_what_arrays_it_takes():
    with pytest.raises(TypeError, match="height, width"):
        zipdream.continue_image(b"abc", "gzip:9")
    with pytest.raises(TypeError, match="float32"):
        zipdream.continue_audio(array.array("i", [1, 2]), 8000)
    with pytest.raises(zipdream.Error, match="RGB"):
        zipdream.continue_image(memoryview(bytes(80)).cast("B", (4, 10, 2)), "gzip:9")
    with pytest.raises(zipdream.Error, match="prompt_fraction"):
        zipdream.continue_image(GRAY, "gzip:9", prompt_fraction=1.5)
    with pytest.raises(zipdream.Error, match="rate"):
        zipdream.continue_audio(TUNE, 10)
