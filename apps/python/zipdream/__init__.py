# SPDX-License-Identifier: Apache-2.0
"""Any compressor as a generative model, and any generative model as a compressor.

    >>> import zipdream
    >>> m = zipdream.load("gzip:9")
    >>> m.generate(b"the cat sat on the mat, the cat sat on the ", 8, seed=1)
    b'mat, the'

A model is named by a spec, as on the command line: "gzip:9", "ppm:6", "cm:prior=english", "lm:english".
"""
import queue
import threading

from . import _zipdream
from ._error import Error
from ._zipdream import Array, Session, compress, decompress, list_models, set_thread_count

__version__ = _zipdream.version()
__all__ = ["Array", "Error", "Model", "Session", "compress", "decompress", "list_models", "load",
           "set_thread_count"]


class Model(_zipdream.Model):
    """A model, loaded once; its sessions and results are independent of each other.

    Threads: all methods may be called from many, and run side by side.
    """

    def generate(self, prompt, n=100, *, seed=0, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0,
                 method="sample", stop=(), stream=False):
        """Continues bytes by n bytes; a seed fixes every byte, and gives those of `zipdream generate`.

        prompt: bytes. method: "sample", "beam" or "dream". stop: texts before which it ends.
        Returns bytes; with stream=True an iterator of the pieces, as they come.
        """
        stops = [stop] if isinstance(stop, str) else list(stop)
        options = (n, seed, temperature, top_k, top_p, min_p, method, stops)
        if not stream:
            return self._generate(prompt, *options, None)
        return _pieces(lambda tell: self._generate(prompt, *options, tell))

    def bits_per_byte(self, data, context=b""):
        """The mean of score(data, context), in bits."""
        bits = self.score(data, context)
        return sum(bits) / len(bits) if len(bits) else 0.0

    def __repr__(self):
        return f"zipdream.load({self.spec!r})"

    def __reduce__(self):
        if self.spec == "python":
            raise TypeError("a model in Python can't be pickled; pickle what it is made of")
        return load, (self.spec,)


def load(model, *, probs=None, units=None):
    """The model that a spec names, or one of your own: an object with log2_probs() (256 numbers: log2 of the
    probability of each next byte), update(byte) and clone().

    probs: "lengths" or "tables", how a codec is read; units: "bits" or "bytes", of lengths.
    """
    if not isinstance(model, str):
        return Model(model)
    for name, value, known in (("probs", probs, ("lengths", "tables")), ("units", units, ("bits", "bytes"))):
        if value is not None and value not in known:
            raise ValueError(f"{name}={value!r}: take one of {known}")
    return Model(model, probs, units)


def _pieces(run):
    """What run(tell) tells, from a thread of its own."""
    pieces = queue.SimpleQueue()
    gone = threading.Event()

    def tell(piece):
        if gone.is_set():
            raise GeneratorExit  # nobody listens any more
        pieces.put(piece)

    def work():
        try:
            run(tell)
            pieces.put(None)
        except BaseException as error:  # handed on to who listens
            pieces.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        gone.set()
        thread.join()
