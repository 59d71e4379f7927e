# SPDX-License-Identifier: Apache-2.0
"""The module as users import it, beside the command."""
import math
import os
import pickle
import subprocess
import threading

import pytest
import zipdream

TEXT = b"the cat sat on the mat, the cat sat on the "
BYTE_MODELS = [m["name"] for m in zipdream.list_models()
               if m["name"] in ("gzip", "xz", "zstd", "ppm", "cm", "png", "flac")]


def command(*words):
    done = subprocess.run([os.environ["ZIPDREAM_BINARY"], *words], capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize("spec", ["gzip:9", "ppm:6", "xz:1"])
def test_generates_what_the_command_generates(spec):
    expected = command("generate", spec, "-p", TEXT.decode(), "-n", "40", "--seed", "7", "--temp", "0.8", "--no-prompt")
    assert zipdream.load(spec).generate(TEXT, 40, seed=7, temperature=0.8) == expected


def test_gives_the_pieces_of_the_same_text_as_a_stream():
    model = zipdream.load("ppm:6")
    pieces = list(model.generate(TEXT, 30, seed=2, stream=True))
    assert b"".join(pieces) == model.generate(TEXT, 30, seed=2)
    assert len(pieces) > 1


def test_stops_working_for_a_stream_that_nobody_reads_on():
    stream = zipdream.load("ppm:6").generate(TEXT, 10**9, seed=2, stream=True)
    next(stream)
    stream.close()  # joins the thread that would go on for hours


@pytest.mark.parametrize("name", BYTE_MODELS)
def test_distributions_of_all_models_sum_to_1(name):
    session = zipdream.load(name).session(TEXT)
    log2_probs = session.log2_probs()
    assert len(log2_probs) == session.alphabet_size == 256
    assert math.isclose(sum(2.0 ** p for p in log2_probs), 1, abs_tol=1e-9)


def test_sessions_and_their_clones_go_their_own_ways():
    session = zipdream.load("ppm:6").session(TEXT)
    before = list(session.log2_probs())
    clone = session.clone()
    clone.update(ord("z"))
    clone.observe(bytearray(b"zz"))
    assert list(session.log2_probs()) == before
    assert list(clone.log2_probs()) != before
    with pytest.raises(zipdream.Error, match="no symbol of this model"):
        session.update(256)


def test_arrays_are_float64_buffers_that_are_not_copied():
    array = zipdream.load("ppm:6").session(TEXT).log2_probs()
    view = memoryview(array)
    assert view.format == "d" and view.shape == (256,) and view.readonly
    assert view[-1] == array[-1] == list(array)[255]
    with pytest.raises(IndexError):
        array[256]


def test_scores_are_surprisals_of_each_byte():
    model = zipdream.load("gzip:9")
    bits = model.score(b"mat", TEXT)
    session = model.session(TEXT)
    for byte, expected in zip(b"mat", bits):
        assert -session.log2_probs()[byte] == pytest.approx(expected, abs=1e-12)
        session.update(byte)
    proof = zipdream.load("ppm:6").prove(TEXT)
    assert proof["code_bits"] - proof["bits_scored"] < 8
    assert sum(zipdream.load("ppm:6").score(TEXT)) == pytest.approx(proof["bits_scored"])


def test_compresses_as_the_command_does(tmp_path):
    content = TEXT * 20
    for spec in ("cm", "xz:6", "arith:gzip:6"):
        archive = zipdream.compress(content, spec)
        assert zipdream.decompress(archive) == content
        (tmp_path / "a.zd").write_bytes(archive)
        assert command("decompress", "-c", str(tmp_path / "a.zd")) == content
    with pytest.raises(zipdream.Error):
        zipdream.decompress(archive[:-1])


class Alphabet:
    """Letters that follow each other, most of the time."""

    def __init__(self, last=ord("a"), change=None):
        self.last, self.change = last, change

    def log2_probs(self):
        probs = [0.1 / 255] * 256
        probs[(self.last + 1) % 256] = 0.9
        return self.change(probs) if self.change else [math.log2(p) for p in probs]

    def update(self, byte):
        self.last = byte

    def clone(self):
        return Alphabet(self.last, self.change)


def test_takes_a_model_of_ones_own():
    model = zipdream.load(Alphabet())
    assert model.generate(b"abc", 4, temperature=0) == b"defg"
    assert sum(model.score(b"bcd")) == pytest.approx(3 * -math.log2(0.9))
    assert model.prove(b"bcdefghijk" * 5)["bytes_written"] < 30


@pytest.mark.parametrize("change, said", [
    (lambda probs: [math.log2(1.01 * p) for p in probs], "sum to 1.01"),
    (lambda probs: [math.nan] * 256, "NaN"),
    (lambda probs: [0.0] * 3, "returned 3 numbers"),
])
def test_finds_out_a_model_that_is_none(change, said):
    with pytest.raises(zipdream.Error, match=said) as raised:
        zipdream.load(Alphabet(change=change)).score(b"abc")
    assert raised.value.remedy and raised.value.is_usage


def test_hands_on_what_a_model_raises():
    def change(probs):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        zipdream.load(Alphabet(change=change)).generate(b"a", 3)


def test_finds_out_a_model_that_changes_its_mind_between_coding_and_decoding():
    calls = []

    def change(probs):
        calls.append(1)
        return [math.log2(p) for p in (probs if len(calls) % 3 else probs[::-1])]

    with pytest.raises(zipdream.Error):
        zipdream.load(Alphabet(change=change)).prove(b"abcdefghijkl" * 4 + b"a")


def test_errors_say_what_would_do():
    with pytest.raises(zipdream.Error, match="did you mean gzip") as raised:
        zipdream.load("gzp:9")
    assert raised.value.is_usage
    with pytest.raises(zipdream.Error, match="sample, beam or dream"):
        zipdream.load("gzip").generate(TEXT, 3, method="guess")
    with pytest.raises(ValueError, match="lengths"):
        zipdream.load("gzip", probs="both")
    with pytest.raises(TypeError):
        zipdream.load("gzip").score("text, not bytes")


def test_threads_use_models_side_by_side():
    model = zipdream.load("ppm:6")
    expected = model.generate(TEXT, 300, seed=4)
    results = []
    threads = [threading.Thread(target=lambda: results.append(model.generate(TEXT, 300, seed=4))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_models_can_be_pickled_and_shown():
    model = pickle.loads(pickle.dumps(zipdream.load("cm:prior=english")))
    assert repr(model) == "zipdream.load('cm:4,prior=english')"
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(zipdream.load(Alphabet()))
