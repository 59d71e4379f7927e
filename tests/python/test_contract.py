# SPDX-License-Identifier: Apache-2.0
"""What every model of bytes keeps, over the registry."""
import os
import subprocess

import pytest
import zipdream

TEXT = b"the cat sat on the mat, the cat sat on the "
NEXT = b"mat."


def specs():
    """A spec of each row that needs no files."""
    rows = zipdream.list_models()
    with_files = {row["name"] for row in rows if row["has_files"]}
    for row in rows:
        parts = set(row["example"].replace("+", ":").split(":"))
        if parts & with_files:
            continue
        if row["name"] == "residual":
            yield "residual:med,width=8:gzip:9"  # pixels have to know what is above them
        elif row["is_codec"] and not row["has_tables"] and row["options"]:
            yield f"{row['name']}:{row['options'][0]['min']}"  # each distribution costs 256 compressions
        else:
            yield row["example"]


@pytest.fixture(scope="module", params=list(specs()))
def model(request):
    return zipdream.load(request.param)


def test_distributions_sum_to_1_and_follow_what_they_are_told(model):
    session = model.session(TEXT)
    before = list(session.log2_probs())
    assert len(before) == session.alphabet_size == model.alphabet_size == 256
    assert sum(2.0 ** p for p in before) == pytest.approx(1, abs=1e-9)
    assert all(p <= 0 for p in before)
    clone = session.clone()
    clone.update(ord("m"))
    assert list(session.log2_probs()) == before
    session.update(ord("m"))
    assert list(session.log2_probs()) == list(clone.log2_probs())
    assert session.symbol_bytes(65) == b"A"


def test_scores_are_surprisals(model):
    session = model.session(TEXT)
    for byte, bits in zip(NEXT, model.score(NEXT, TEXT)):
        assert -session.log2_probs()[byte] == pytest.approx(bits, abs=1e-9)
        session.update(byte)


def test_generates_what_the_command_generates(model):
    words = ("generate", model.spec, "-p", TEXT.decode(), "-n", "8", "--seed", "7", "--no-prompt")
    theirs = subprocess.run([os.environ["ZIPDREAM_BINARY"], *words], capture_output=True, check=True).stdout
    assert model.generate(TEXT, 8, seed=7) == theirs
