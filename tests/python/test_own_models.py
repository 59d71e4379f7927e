# SPDX-License-Identifier: Apache-2.0
"""Models written in Python, wherever a spec names one."""
import array
import math
import pickle

import pytest
import zipdream


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


class Named(Alphabet):
    name = "the alphabet"

    def clone(self):
        return Named(self.last)


TEXT = b"bcdefghijklmnop" * 5


def test_generate_score_and_prove():
    model = zipdream.load(Alphabet())
    assert model.generate(b"abc", 4, temperature=0) == b"defg"
    assert model.generate(b"", 2, temperature=0) == b"bc"
    assert len(model.generate(b"abc", 8, method="dream", seed=1)) == 8
    assert model.generate(b"abc" * 9, 4, method="beam", alphabet="a-z") == b"defg"
    assert sum(model.score(b"bcd")) == pytest.approx(3 * -math.log2(0.9))
    assert model.prove(TEXT)["bytes_written"] < 35


def test_compress_into_archives_that_are_read_with_the_model():
    archive = zipdream.compress(TEXT, named("archived"))
    assert b"arith:own:archived" in archive
    assert zipdream.decompress(archive, model=named("archived")) == TEXT
    assert zipdream.decompress(archive, model=zipdream.load(named("archived"))) == TEXT
    with pytest.raises(zipdream.Error, match="brings along"):
        zipdream.decompress(archive)
    with pytest.raises(zipdream.Error, match="predicts otherwise"):
        zipdream.decompress(archive, model=named("archived", ord("x")))
    with pytest.raises(zipdream.Error, match="was made with"):
        zipdream.decompress(archive, model=Named())
    assert b"the" in zipdream.compress(TEXT, Named())


def test_are_members_of_mixtures():
    mixture = zipdream.mix([Alphabet(), "ppm:2", zipdream.load("gzip:9")])
    assert mixture.spec.startswith("mix:own:Alphabet") and mixture.spec.endswith("+ppm:2+gzip:9")
    alone = zipdream.mix(["ppm:2", "gzip:9"])
    assert mixture.score(TEXT).total < alone.score(TEXT).total
    archive = zipdream.compress(TEXT, mixture)
    assert zipdream.decompress(archive, model=mixture) == TEXT
    assert zipdream.decompress(archive, model=zipdream.mix([Alphabet(), "ppm:2", "gzip:9"])) == TEXT
    within = zipdream.avg([mixture, "stored"])
    assert within.bits_per_byte(TEXT) < 3
    assert within.generate(TEXT, 3, temperature=0) == b"bcd"


def named(name, *arguments):
    """Of a name that no other test has, for these may live yet."""
    model = Alphabet(*arguments)
    model.name = name
    return model


def test_are_compared_and_measured():
    models = [named("compared"), "ppm:2", named("compared", 3)]
    comparison = zipdream.compare(models, TEXT, reference=b"qrst", n=4)
    bits = comparison.bits_per_byte
    assert list(bits) == ["own:compared", "ppm:2", "own:compared,number=2"]
    assert bits["own:compared"] == pytest.approx(-math.log2(0.9), abs=1e-6)
    rows = zipdream.rates([named("measured"), "gzip:9"], {"text": TEXT}, chunk=25, prove_every=1)["rows"]
    assert [row["model"] for row in rows] == ["own:measured", "gzip:9"]
    assert rows[0]["rate"] < rows[1]["rate"] and rows[0]["proven"] == 3


def test_are_named_in_specs_while_they_live():
    model = zipdream.load(named("living"))
    assert zipdream.load("mix:own:living+ppm:2").spec == "mix:own:living+ppm:2"
    del model
    with pytest.raises(zipdream.Error, match="brings along"):
        zipdream.load("own:living")


def test_may_return_any_sequence_or_buffer_of_float64():
    bits = [math.log2(1 / 256)] * 256
    for change in (lambda probs: tuple(bits), lambda probs: array.array("d", bits),
                   lambda probs: memoryview(array.array("d", bits * 2))[::2]):
        assert zipdream.load(Alphabet(change=change)).bits_per_byte(b"ab") == pytest.approx(8)
    everything_else_never = [-math.inf] * 255 + [0.0]
    model = zipdream.load(Alphabet(change=lambda probs: everything_else_never))
    assert list(model.score(b"\xffa")) == [0, 1000]


@pytest.mark.parametrize("change, said", [
    (lambda probs: [math.log2(1.01 * p) for p in probs], "sum to 1.01"),
    (lambda probs: [math.nan] * 256, "NaN"),
    (lambda probs: [0.0] * 3, "returned 3 numbers"),
    (lambda probs: array.array("d", [0.0] * 3), "returned 3 numbers"),
    (lambda probs: None, "returned a NoneType"),
    (lambda probs: "abc", "returned a str"),
])
def test_are_found_out_where_they_are_none(change, said):
    bad = Alphabet(change=change)
    for work in (lambda: zipdream.load(bad).score(b"abc"), lambda: zipdream.compress(TEXT, bad),
                 lambda: zipdream.load(bad).generate(b"abc", 3), lambda: zipdream.load(bad).prove(TEXT),
                 lambda: zipdream.rates([bad], {"text": TEXT}, chunk=25),
                 lambda: zipdream.mix([bad, "ppm:2"]).score(b"abc")):
        with pytest.raises(zipdream.Error, match=said) as raised:
            work()
        assert raised.value.remedy and raised.value.is_usage


def test_hand_on_what_they_raise():
    def change(probs):
        raise KeyError("mine")

    bad = Alphabet(change=change)
    for work in (lambda: zipdream.load(bad).generate(b"a", 3), lambda: zipdream.compress(TEXT, bad),
                 lambda: zipdream.compare([bad, "ppm"], TEXT, n=3),
                 lambda: zipdream.rates([bad], {"text": TEXT}, chunk=9)):
        with pytest.raises(KeyError, match="mine"):
            work()


def test_are_found_out_where_they_change_their_mind_between_coding_and_decoding():
    calls = []

    def change(probs):
        calls.append(1)
        return [math.log2(p) for p in (probs if len(calls) % 3 else probs[::-1])]

    with pytest.raises(zipdream.Error):
        zipdream.load(Alphabet(change=change)).prove(b"abcdefghijkl" * 4 + b"a")
    with pytest.raises(zipdream.Error, match="does not decode what it coded") as raised:
        zipdream.compress(TEXT * 3 + b"a", Alphabet(change=change))
    assert "depend on nothing but" in raised.value.remedy


def test_are_pickled_with_their_objects():
    model = pickle.loads(pickle.dumps(zipdream.mix([Alphabet(5), "ppm:2"])))
    assert model.score(TEXT).total == zipdream.mix([Alphabet(5), "ppm:2"]).score(TEXT).total
    assert repr(zipdream.load(Alphabet())).startswith("zipdream.load(<")


def test_stay_as_they_are():
    mine = Alphabet()
    model = zipdream.load(mine)
    model.session(b"xyz").update(3)
    model.generate(b"xyz", 5)
    assert mine.last == ord("a")
