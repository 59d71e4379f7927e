# SPDX-License-Identifier: Apache-2.0
"""The module as users import it, beside the command."""
import os
import pickle
import subprocess
import sys
import threading

import pytest
import zipdream

TEXT = b"the cat sat on the mat, the cat sat on the "


def command(*words):
    done = subprocess.run([os.environ["ZIPDREAM_BINARY"], *words], capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize("spec", ["gzip:9", "ppm:6", "xz:1"])
def test_generates_what_the_command_generates(spec):
    expected = command("generate", spec, "-p", TEXT.decode(), "-n", "40", "--seed", "7", "--temp", "0.8", "--no-prompt")
    assert zipdream.load(spec).generate(TEXT, 40, seed=7, temperature=0.8) == expected


def test_takes_another_temperature_for_where_the_model_is_unsure():
    expected = command("generate", "ppm:6", "-p", TEXT.decode(), "-n", "40", "--seed", "7", "--temp", "1.2:0.3",
                       "--no-prompt")
    model = zipdream.load("ppm:6")
    assert model.generate(TEXT, 40, seed=7, temperature=1.2, unsure_temperature=0.3) == expected
    assert model.generate(TEXT, 40, seed=7, temperature=1.2, unsure_temperature=None) != expected
    with pytest.raises(zipdream.Error, match="^unsure_temperature -1: must be 0 to 1000$"):
        model.generate(TEXT, 3, unsure_temperature=-1)
    with pytest.raises(zipdream.Error, match="^colour_temperature: is for images in colour; leave it out$"):
        model.generate(TEXT, 3, colour_temperature=0.5)


def test_gives_the_pieces_of_the_same_text_as_a_stream():
    model = zipdream.load("ppm:6")
    pieces = list(model.generate(TEXT, 30, seed=2, stream=True))
    assert b"".join(pieces) == model.generate(TEXT, 30, seed=2)
    assert len(pieces) > 1


def test_stops_working_for_a_stream_that_nobody_reads_on():
    stream = zipdream.load("ppm:6").generate(TEXT, 10**9, seed=2, stream=True)
    next(stream)
    stream.close()  # joins the thread that would go on for hours


def test_a_program_may_end_in_the_middle_of_a_stream_and_of_threads():
    code = """
import threading, zipdream
model = zipdream.load("ppm:6")
started = threading.Barrier(4)
def ask():
    session = model.session(b"abc")
    started.wait()
    while True:
        session.log2_probs()
for _ in range(3):
    threading.Thread(target=ask, daemon=True).start()
started.wait()
stream = model.generate(b"abc", 10**9, stream=True)
print(len(next(stream)) > 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


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


def test_errors_say_what_would_do():
    with pytest.raises(zipdream.Error, match="did you mean gzip") as raised:
        zipdream.load("gzp:9")
    assert raised.value.is_usage
    with pytest.raises(zipdream.Error, match="sample, beam, spans or dream"):
        zipdream.load("gzip").generate(TEXT, 3, method="guess")
    with pytest.raises(zipdream.Error, match="lengths or tables"):
        zipdream.load("gzip", probs="both")
    with pytest.raises(TypeError, match="no keyword 'temp'"):
        zipdream.load("gzip").generate(TEXT, temp=1)
    with pytest.raises(TypeError, match="another type"):
        zipdream.load("gzip").generate(TEXT, temperature="hot")
    with pytest.raises(TypeError, match="a int is no model"):
        zipdream.load(3)
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


class Python:
    """A model in Python, which needs Python's lock wherever it is called."""

    def log2_probs(self):
        return [-8.0] * 256

    def update(self, byte):
        pass

    def clone(self):
        return Python()


@pytest.mark.parametrize("model", ["ppm:2", "gzip:9", zipdream.avg([Python(), "ppm:2"])])
def test_sessions_on_many_threads_tell_what_they_tell_on_one(model):
    model = zipdream.load(model)

    def told():
        session = model.session(TEXT)
        numbers = []
        for byte in TEXT * 3:
            session.update(byte)
            numbers.append(session.log2_probs()[byte])
        return numbers

    expected = told()
    results = []
    threads = [threading.Thread(target=lambda: results.append(told())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


@pytest.mark.parametrize("model, written", [
    (zipdream.load("cm:prior=english"), "zipdream.load('cm:4,prior=english')"),
    (zipdream.load("gzip", probs="lengths", units="bytes"),
     "zipdream.load('gzip:6', probs='lengths', units='bytes')"),
    (zipdream.mix(["ppm:2", "gzip:9"]), "zipdream.mix(['ppm:2', 'gzip:9'])"),
    (zipdream.avg(["ppm:2", zipdream.load("gzip")], share=10),
     "zipdream.avg(['ppm:2', zipdream.load('gzip:6')], share=10)"),
])
def test_models_say_how_they_are_made_and_can_be_pickled(model, written):
    assert repr(model) == written
    copy = pickle.loads(pickle.dumps(model))
    assert repr(eval(repr(copy))) == repr(copy) == written
    assert list(copy.score(TEXT)) == list(model.score(TEXT))


def test_sessions_and_scores_say_what_they_are():
    model = zipdream.load("ppm:6")
    assert repr(model.session(b"abc")) == "<zipdream.Session of ppm:6 after 3 bytes>"
    scores = model.score(b"abab")
    assert repr(scores).startswith("<zipdream.Scores of 4 bytes: ")
    assert scores.data == b"abab" and scores.total == pytest.approx(sum(scores))
    assert scores.bits_per_byte == pytest.approx(sum(scores) / 4)
    assert list(scores[1:3]) == list(scores)[1:3]


def test_scores_show_themselves_as_text_in_notebooks():
    shown = zipdream.load("ppm:6").score("<b>\n\u00e9\xff".encode() + b"\xff\x00")._repr_html_()
    assert "<b>" not in shown and "&lt;" in shown
    assert "\u00e9" in shown and "\\xff" in shown and "\\x00" in shown and "\u21b5" in shown
    assert "bits at byte 0" in shown


def test_mixtures_tell_how_much_their_members_counted():
    session = zipdream.avg(["ppm:2", "gzip:9"]).session(TEXT)
    session.log2_probs()
    session.update(ord("m"))
    assert sum(session.member_weights) == pytest.approx(1)
    assert zipdream.load("ppm:2").session(TEXT).member_weights == []
    with pytest.raises(zipdream.Error, match="make no mixture"):
        zipdream.mix(["gzip:9"])


def test_ctrl_c_stops_long_work_of_all_kinds():
    code = """
import signal, sys, threading, time, zipdream
data = bytes(range(256)) * 40000
works = [lambda: zipdream.load("cm").score(data),
         lambda: zipdream.compress(data, "cm"),
         lambda: zipdream.rates(["cm"], {"data": data}),
         lambda: zipdream.compare(["cm"], data[:99], n=10**8),
         lambda: zipdream.load("ppm").generate(b"abc", 10**9)]
for number, work in enumerate(works):
    threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT)).start()
    try:
        work()
    except KeyboardInterrupt:
        print("stopped", number)
print(len(zipdream.load("ppm").generate(b"abc", 20)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.split("\n") == [f"stopped {i}" for i in range(5)] + ["20", ""], done.stderr


def test_handlers_of_other_signals_run_while_it_works():
    code = """
import signal, zipdream
class TooLong(Exception): pass
def handler(number, frame): raise TooLong
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    zipdream.load("cm").score(bytes(3 * 10**6))
except TooLong:
    print("in time")
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "in time\n"
