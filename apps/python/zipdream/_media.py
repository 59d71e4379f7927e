# SPDX-License-Identifier: Apache-2.0
"""Images and audio as arrays: what models make of a part of them."""
import base64
import io
import struct
import wave
import zlib

from . import _zipdream
from ._zipdream import Image, Sound


def continue_image(pixels, model="image", *, prompt_fraction=0.5, prompt_side="left", rows=None, seed=0, **options):
    """An image of which a part is given, and the rest generated after it.

    pixels: a uint8 array or buffer, (height, width) gray or (height, width, 3) RGB. model: a spec, what load()
    returned, or an object of your own; it sees rows of bytes, channels interleaved. prompt_side: "left", the left part
    of each row, or "top", the rows at the top. prompt_fraction: of the columns or rows, which are the prompt, above 0
    and below 1. rows, of "left": "independent", each row for itself, as in the paper, or "joint", one after the other.
    seed and the further keywords are those of Model.generate(); colour_temperature=1.0, of RGB: the temperatures of a
    pixel's second and third byte are the others times this, `--colour-temp`.
    Returns an Image of the same shape with the prompt in its place: numpy.asarray(image) copies nothing.
    """
    return _zipdream._continue_image(pixels, model, prompt_fraction, prompt_side, rows, seed, options)


def continue_audio(samples, rate, model="audio", *, seconds=1.0, format="u8", seed=0, **options):
    """What follows a sound.

    samples: an array or buffer, (frames) mono or (frames, 2) stereo, of float32 or float64 in [-1, 1], int16, or uint8
    around 128. rate: frames per second, 1000 to 384000. seconds: to generate. format: what the model sees of a sample,
    "u8" (8 bits), "mulaw" or "s16". model, seed and the further keywords are those of continue_image().
    Returns a Sound, the continuation alone: (frames) or (frames, 2) float32 in [-1, 1]; numpy.asarray(sound) copies
    nothing.
    """
    return _zipdream._continue_audio(samples, rate, model, seconds, format, seed, options)


def _png(image):
    """The file, of which the standard library alone is asked for."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    pixels = bytes(image)
    stride = image.width * image.channels
    lines = b"".join(b"\0" + pixels[at:at + stride] for at in range(0, len(pixels), stride))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 0 if image.channels == 1 else 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) +
            chunk(b"IEND", b""))


def _wav(sound):
    """The file, of 16 bits."""
    floats = memoryview(sound).cast("B").cast("f")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(sound.channels)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(b"".join(struct.pack("<h", max(-32768, min(32767, round(32768 * value)))) for value in floats))
    return content.getvalue()


def _player(sound):
    url = "data:audio/wav;base64," + base64.b64encode(_wav(sound)).decode()
    return f'<audio controls src="{url}"></audio>'


def _describe_image(image):
    return f"<zipdream.Image of {image.width} x {image.height} pixels, {'gray' if image.channels == 1 else 'RGB'}>"


def _describe_sound(sound):
    stereo = ", stereo" if sound.channels == 2 else ""
    return f"<zipdream.Sound of {len(sound) / sound.rate:.2f} s at {sound.rate} Hz{stereo}>"


Image._repr_png_ = _png
Image.__repr__ = _describe_image
Sound._repr_html_ = _player
Sound.__repr__ = _describe_sound
