# SPDX-License-Identifier: Apache-2.0
"""Any compressor as a generative model, and any generative model as a compressor.

    >>> import zipdream
    >>> m = zipdream.load("gzip:9")
    >>> m.generate(b"the cat sat on the mat, the cat sat on the ", 8, seed=1)
    b'mat, the'

A model is named by a spec, as on the command line ("gzip:9", "ppm:6", "cm:prior=english", "lm:english"), or it is an
object of your own: with log2_probs(), which returns 256 numbers, log2 of the probability of each next byte;
update(byte), which tells it the byte that came; and clone(), which returns an independent copy. Wherever a function
below takes a model, it takes a spec, what load() returned, or such an object.

All work is done without Python's lock, and Ctrl-C stops it. Errors are zipdream.Error: one line with what, where and
what to do.
"""
from . import _zipdream
from ._error import Error
from ._experiments import Comparison, Rates, compare, rates
from ._media import Image, Sound, continue_audio, continue_image
from ._model import Model, avg, load, mix
from ._zipdream import Array, Scores, Session, compress, decompress, list_models, set_thread_count

__version__ = _zipdream.version()
__all__ = ["Array", "Comparison", "Error", "Image", "Model", "Rates", "Scores", "Session", "Sound", "avg", "compare",
           "compress", "continue_audio", "continue_image", "decompress", "list_models", "load", "mix", "rates",
           "set_thread_count"]
