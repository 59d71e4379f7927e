# SPDX-License-Identifier: Apache-2.0
"""Models: loaded, mixed, and what they generate."""
import atexit
import queue
import threading
import weakref

from . import _zipdream
from ._html import show_scores


class Model(_zipdream.Model):
    """A model, loaded once; its sessions and results are independent of each other. Made by load(), mix() or avg().

    spec: its canonical spec; "own:NAME" for a model of your own. alphabet_size: the number of its symbols, 256 (the
    bytes) or the tokens of a language model. description: how it comes to its numbers, or "".
    Threads: all methods may be called from many, and run side by side.
    """

    def generate(self, prompt, n=100, *, seed=0, stop=(), stream=False, **options):
        """Continues `prompt` (bytes) by n bytes; a seed fixes every byte, and gives those of `zipdream generate`.

        temperature=1.0: p^(1/T); 0 takes the likeliest, "fit" finds one by the prompt. unsure_temperature=None: another
        for where the model is at a loss, `--temp T:U`. top_k=0, top_p=1.0, min_p=0.0: filters. method="sample", or
        "beam" (plans ahead for the fewest bits), "spans", "dream" (random bits into the codec's own decoder). stop: a
        text, or several, before which it ends. Further keywords are those of the library's requests: corpus, alphabet,
        context_window, max_copy, horizon, beam_width, span, match_length, heal.
        Returns bytes; with stream=True an iterator of the pieces, as they come.
        """
        stops = [stop] if isinstance(stop, str) else list(stop)
        if not stream:
            return self._generate(prompt, n, seed, stops, None, options)
        return _pieces(lambda tell: self._generate(prompt, n, seed, stops, tell, options))

    def bits_per_byte(self, data, context=b""):
        """The mean of score(data, context), in bits."""
        return self.score(data, context).bits_per_byte

    def __repr__(self):
        return "zipdream." + _call(*self._made_by)

    def __reduce__(self):
        return _rebuild, self._made_by


def _call(function, arguments, keywords):
    """How it is written: load('gzip:9', probs='lengths')."""
    words = [repr(argument) for argument in arguments]
    words += [f"{name}={value!r}" for name, value in keywords.items()]
    return f"{function}({', '.join(words)})"


def _rebuild(function, arguments, keywords):
    return {"load": load, "mix": mix, "avg": avg}[function](*arguments, **keywords)


def load(model, *, probs=None, units=None):
    """The model that a spec names ("gzip:9"), or one of your own: an object with log2_probs() (256 numbers: log2 of
    the probability of each next byte), update(byte) and clone().

    probs: "lengths" or "tables", how a codec is read; units: "bits" or "bytes", of lengths. An object's `name`, or
    that of its class, is what archives call it. It is cloned, and stays as it is.
    """
    options = {"probs": probs, "units": units}
    loaded = Model(model, options)
    given = loaded.spec if isinstance(model, str) else model
    loaded._made_by = ("load", (given,), {name: value for name, value in options.items() if value is not None})
    return loaded


def mix(models):
    """Two models or more, mixed bit by bit by who is right: the spec "mix:A+B+..." of models of any kind."""
    return _mixture("mix", "mix", models, {})


def avg(models, *, share=50):
    """The average of two models or more by Bayes' rule; after each byte 1/share of the trust goes to all alike (0:
    none). The spec "avg:A+B+...".
    """
    return _mixture("avg", f"avg:{share}", models, {} if share == 50 else {"share": share})


def _mixture(function, kind, models, keywords):
    models = list(models)
    loaded = Model(kind, models)
    loaded._made_by = (function, (models,), keywords)
    return loaded


_streams = weakref.WeakKeyDictionary()  # threads that work for streams, and the events that stop them


@atexit.register
def _stop_streams():
    """A program may end in the middle of a stream."""
    for thread, gone in list(_streams.items()):
        gone.set()
        thread.join()


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
    _streams[thread] = gone
    thread.start()
    try:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        gone.set()
        thread.join()


_zipdream.Scores._repr_html_ = show_scores
_zipdream.Scores.__repr__ = lambda scores: (
    f"<zipdream.Scores of {len(scores)} bytes: {scores.total:.1f} bits, {scores.bits_per_byte:.3f} per byte>")
