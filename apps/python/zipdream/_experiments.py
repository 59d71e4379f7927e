# SPDX-License-Identifier: Apache-2.0
"""Comparisons, and tables of compression rates."""
import contextlib
import json
import os
import pathlib
import tempfile

from . import _html, _zipdream


class Comparison:
    """What compare() found. Shown by print() as a table, in a notebook with the texts coloured by surprisal.

    data: all of it, as `zipdream compare --json` prints it: of each byte of the reference and of the samples its bits
    and its rank, and what else was expected. runs: data["runs"], one for each model, in their order.
    """

    def __init__(self, compared):
        self._compared = compared
        self.data = json.loads(compared.json())
        self.runs = self.data["runs"]

    @property
    def bits_per_byte(self):
        """A dict: the name of each model to the bits per byte of the reference, or None where it failed."""
        return {run["name"]: _bits(run["reference"]) for run in self.runs}

    def page(self):
        """One HTML page that needs nothing but a browser: tables, charts, and every byte with what was expected."""
        return self._compared.page()

    def save(self, path):
        """Writes page() to a new file. Raises FileExistsError where there is one already."""
        with open(path, "x", encoding="utf-8") as file:
            file.write(self.page())

    def __str__(self):
        return self._compared.table()

    def __repr__(self):
        return f"<zipdream.Comparison of {', '.join(_name_and_state(run) for run in self.runs)}>"

    def _repr_html_(self):
        parts = [_html.table(("model", "probabilities", "bits per byte", "copied", "repeated", "seconds"),
                             [_overview(run) for run in self.runs])]
        parts += [_shown_text(run, "reference", run["reference"], self.data["reference"]) for run in self.runs]
        parts += [_shown_text(run, f"sample, seed {sample['seed']}", sample["surprisal_trace"], sample)
                  for run in self.runs for sample in run["samples"][:1] if not sample.get("failure")]
        return "".join(parts) + _html.key()


def _bits(trace):
    return trace and trace["bits_per_byte"]


def _failure(run):
    """Why nothing more came of the model, or of its first sample that failed; None."""
    return run.get("failure") or next((s["failure"] for s in run["samples"] if s.get("failure")), None)


def _name_and_state(run):
    return run["name"] + (" (failed)" if _failure(run) else "")


def _percent(share):
    return None if share is None else f"{100 * share:.1f} %"


def _overview(run):
    samples = [sample for sample in run["samples"] if not sample.get("failure")]
    metrics = [sample["metrics"] for sample in samples]
    bits = _bits(run["reference"])

    def mean(name):
        return sum(each[name] for each in metrics) / len(metrics) if metrics else None

    seconds = sum(sample["seconds"] for sample in samples)
    return (run["name"], _failure(run) or run["probs"], None if bits is None else f"{bits:.3f}",
            _percent(mean("copied_share")), _percent(mean("repeated_share")), f"{seconds:.3g}")


def _shown_text(run, what, trace, text):
    if not trace or not text:
        return ""
    return _html.heading(f"{run['name']}: {what}") + _html.heat_text(bytes.fromhex(text["hex"]), trace["bits_of_bytes"])


def compare(models, prompt, *, reference=b"", n=100, samples=1, seed=0, progress=False, **options):
    """The same prompt through several models: how many bits each needs for what really follows, and what each makes
    of the prompt.

    models: a list of models, each a spec, perhaps with a method behind an @ ("gzip:9@dream", "gzip:9@bytes"), what
    load() returned, or an object of your own. prompt: bytes. reference: bytes that really follow, of which the first n
    are scored. n: bytes to generate. samples: of each model, with seeds seed, seed + 1, ... progress: a bar on
    standard error where that is a terminal. Further keywords are those of Model.generate(), for all models.
    Returns a Comparison.
    """
    models = list(models)
    keywords = {"reference": reference, "n": n, "samples": samples, "seed": seed, **options}
    call = f"zipdream.compare({models!r}, prompt, " + ", ".join(
        f"{name}={'...' if isinstance(value, (bytes, bytearray)) and value else repr(value)}"
        for name, value in keywords.items()) + ")"
    return Comparison(_zipdream._compare(models, prompt, reference, n, samples, seed, progress, call, options))


class Rates(dict):
    """What rates() found: a dict that notebooks show as a table."""

    def _repr_html_(self):
        rows = [(row["model"], row["data"], "whole" if row["whole"] else row["chunks"], row["bytes"],
                 f"{100 * row['rate']:.2f} %", f"{100 * row['adjusted_rate']:.2f} %") for row in self["rows"]]
        notes = "".join(f"<p>{_html.html.escape(note)}</p>" for note in self["notes"])
        return _html.table(("model", "data", "chunks", "bytes", "rate", "with parameters"), rows) + notes


def rates(models, data, *, chunk=2048, chunked=True, whole=False, protocol="bytes", headers_once=True, media=None,
          prove_every=0, record="", progress=False):
    """Compression rates of models on data sets, chunk by chunk and whole: Table 1 of "Language Modeling Is
    Compression".

    models: a list of models; the spec "gzip:9@1/40" measures every 40th chunk. data: a list of paths of files or
    folders ("NAME=PATH", "random:SIZE"), or a dict from names to paths or bytes. chunk: bytes that are compressed
    alone. whole: also all of a data set as one stream. protocol: "bytes", or "7bit" as in the paper. headers_once: a
    codec's header counts once per data set. media: "text", "image", "audio", or None to guess of each file.
    prove_every: of the chunks each so manieth is written and read back. record: a file that a run goes on from.
    Returns a dict: "rows", a dict for each model on each data set ("rate" is a share of the raw size, "standard_error"
    that of it, "adjusted_rate" counts 2 bytes for each parameter); "notes", sentences; "failures", files that could
    not be read.
    """
    with contextlib.ExitStack() as stack:
        names = [data] if isinstance(data, (str, os.PathLike)) else data
        paths = _paths(names, stack) if isinstance(names, dict) else [os.fspath(name) for name in names]
        return Rates(_zipdream._rates(list(models), paths, chunk, chunked, whole, protocol, headers_once, media,
                                      prove_every, os.fspath(record), progress))


def _paths(data, stack):
    """"NAME=PATH" of each; bytes lie in a file for the time being."""
    paths = []
    for name, content in data.items():
        if not isinstance(content, (str, os.PathLike)):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zipdream"))
            file = pathlib.Path(folder) / "data"
            file.write_bytes(content)
            content = file
        paths.append(f"{name}={os.fspath(content)}")
    return paths
