# SPDX-License-Identifier: Apache-2.0
"""compare() and rates()."""
import json
import os
import subprocess

import pytest
import zipdream

TEXT = b"the cat sat on the mat, the cat sat on the hat, the cat sat on the "


def command_json(*words):
    done = subprocess.run([os.environ["ZIPDREAM_BINARY"], *words], capture_output=True, check=True)
    return json.loads(done.stdout)


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if "second" not in key}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def test_compares_as_the_command_does(tmp_path):
    (tmp_path / "text").write_bytes(TEXT)
    models = ["gzip:9", "gzip:9@bytes", "ppm:3@beam", "zstd:19@dream"]
    theirs = command_json("compare", *models, "-f", str(tmp_path / "text"), "--prompt-bytes", "60", "-n", "7",
                          "--samples", "2", "--seed", "3", "--json", "-q")
    ours = zipdream.compare(models, TEXT[:60], reference=TEXT[60:], n=7, samples=2, seed=3).data
    for name in ("runs", "reference", "prompt", "job", "interrupted"):
        assert without_times(ours[name]) == without_times(theirs[name]), name


def test_comparisons_can_be_read_shown_and_kept(tmp_path):
    comparison = zipdream.compare([zipdream.load("gzip:9", units="bytes"), "ppm:3"], TEXT, reference=b"mat", n=3)
    assert list(comparison.bits_per_byte) == ["gzip:9@bytes", "ppm:3"]
    assert comparison.runs[1]["name"] == "ppm:3"
    assert "gzip:9@bytes" in str(comparison) and repr(comparison) == "<zipdream.Comparison of gzip:9@bytes, ppm:3>"
    shown = comparison._repr_html_()
    assert "<table>" in shown and "ppm:3: reference" in shown and "<script" not in shown
    comparison.save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "zipdream.compare([zipdream.load(" in page
    with pytest.raises(FileExistsError):
        comparison.save(tmp_path / "page.html")


@pytest.mark.parametrize("reference", [b"", b"mat"])
def test_comparisons_name_the_models_that_failed(reference):
    class Half:
        def log2_probs(self):
            return [-9.0] * 256

        def update(self, byte):
            pass

        def clone(self):
            return Half()

    comparison = zipdream.compare([Half(), "ppm:3"], TEXT, reference=reference, n=3)
    assert repr(comparison) == "<zipdream.Comparison of own:Half (failed), ppm:3>"
    for shown in (str(comparison), comparison._repr_html_()):
        assert "the probabilities sum to 0.5" in shown


def test_comparisons_say_what_is_wrong_with_their_options():
    with pytest.raises(zipdream.Error, match="horizon"):
        zipdream.compare(["gzip:9"], TEXT, horizon=3)
    with pytest.raises(zipdream.Error, match="prompt"):
        zipdream.compare(["gzip:9"], b"")
    with pytest.raises(zipdream.Error, match="name one or more"):
        zipdream.compare([], TEXT)


def test_measures_rates_as_the_command_does(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(TEXT * 50)
    theirs = command_json("rates", "gzip:9", "ppm:3", "--data", f"cats={path}", "--chunk", "whole", "--json",
                          "-q")
    ours = zipdream.rates(["gzip:9", "ppm:3"], {"cats": path}, chunked=False, whole=True)
    assert [row["rate"] for row in ours["rows"]] == [row["rate"] for row in theirs["records"]]
    assert ours["rows"][0]["data"] == "cats" and ours["failures"] == [] and ours["notes"]
    assert "<table>" in ours._repr_html_()


def test_rates_take_bytes_paths_and_lists(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(TEXT * 50)
    by_bytes = zipdream.rates(["gzip:9"], {"cats": TEXT * 50})["rows"]
    by_path = zipdream.rates(["gzip:9"], [path])["rows"]
    alone = zipdream.rates(["gzip:9"], path)["rows"]
    assert by_bytes[0]["rate"] == by_path[0]["rate"] == alone[0]["rate"]
    assert 0 < by_bytes[0]["rate"] < 1 and by_bytes[0]["published"] is None
    with pytest.raises(zipdream.Error, match="7bit"):
        zipdream.rates(["gzip:9"], path, protocol="8bit")


def test_lists_all_models_with_what_they_can():
    listed = command_json("list", "--json")
    theirs = {row["name"]: row for row in listed["codecs"] + listed["models"]}
    ours = {row["name"]: row for row in zipdream.list_models()}
    assert list(ours) == list(theirs)
    for name, row in ours.items():
        for key in ("is_codec", "has_tables", "has_decoder_sampler", "knows_media", "summary", "extension"):
            assert row[key] == theirs[name][key], (name, key)
        assert [option["name"] for option in row["options"]] == [option["name"] for option in theirs[name]["options"]]
    level = ours["gzip"]["options"][0]
    assert (level["kind"], level["min"], level["max"], level["default"]) == ("number", 1, 9, "6")
    assert ours["gzip"]["library"] == "zlib" and ours["gzip"]["library_version"]
