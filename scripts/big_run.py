#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A big run of `zipdream rates`: uninterrupted, killed with SIGKILL and taken up again several times, and in two
shards on different numbers of threads. All three must give the same table, in constant memory.

Usage: scripts/big_run.py [--mb 100] [--kills 3] [--program build/release/zipdream] [--models "gzip:9 xz:6 zstd:19"]
The text is made on the spot, from samples/text.txt by repeating and mutating it.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def make_text(path, size):
    rng = random.Random(1)
    with open(os.path.join(ROOT, "samples/text.txt"), "rb") as file:
        base = bytearray(file.read())
    with open(path, "wb") as file:
        while file.tell() < size:
            for _ in range(len(base) // 50):
                base[rng.randrange(len(base))] = rng.choice(b"etaoin shrdlu,.\n")
            file.write(base[: size - file.tell()])


class Peak:
    """The most memory of any process here, in MB."""

    def __init__(self):
        self.mb = 0.0

    def look(self, pid):
        try:
            with open(f"/proc/{pid}/status") as file:
                self.mb = max(self.mb, int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024)
        except (OSError, TypeError):
            pass  # it has ended


def run(command, peak, kill_after=None):
    """The output, or None when it was killed."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        start = time.monotonic()
        while process.poll() is None:
            peak.look(process.pid)
            if kill_after is not None and time.monotonic() - start > kill_after:
                process.kill()
                process.wait()
                return None
            time.sleep(0.05)
        if process.returncode != 0:
            sys.exit(f"big_run: {' '.join(command)}: exit {process.returncode}")
        out.seek(0)
        return out.read()


def lines_in(path):
    with open(path, "rb") as file:
        return file.read().splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/zipdream"))
    parser.add_argument("--models", default="gzip:9 xz:6 zstd:19")
    options = parser.parse_args()
    peak = Peak()
    with tempfile.TemporaryDirectory() as folder:
        text = os.path.join(folder, "text")
        make_text(text, options.mb * 1_000_000)
        base = [options.program, "rates", *options.models.split(), "--data", text, "--no-times", "-q"]
        start = time.monotonic()
        whole = run(base, peak)
        seconds = time.monotonic() - start
        print(f"uninterrupted: {seconds:.0f} s", flush=True)
        record = os.path.join(folder, "killed.jsonl")
        kept = []
        for i in range(options.kills):
            if run([*base, "--record", record], peak, kill_after=seconds / (options.kills + 1)) is not None:
                print(f"(finished before kill {i + 1})", flush=True)
                break
            kept = lines_in(record)
            print(f"kill {i + 1}: {len(kept)} lines in the record", flush=True)
        resumed = run([*base, "--record", record], peak)
        lines = lines_in(record)
        print(f"resumed to {len(lines)} lines", flush=True)
        units = [re.sub(rb'"sums".*', b"", line) for line in lines if b'"unit"' in line]
        checks = {
            "resumed gives the same table": resumed == whole,
            "what was finished stays": lines[: len(kept) - 1] == kept[:-1],
            "nothing is measured twice": len(units) == len(set(units)),
        }
        shards = [os.path.join(folder, f"shard{i}.jsonl") for i in (1, 2)]
        for i, shard in enumerate(shards):
            run([*base, "--record", shard, "--shard", f"{i + 1}/2", "-t", str(i + 1)], peak)
        merged = run([options.program, "merge", *reversed(shards), "--no-times"], peak)
        checks["two shards merge to the same table"] = merged == whole
        checks["memory stays below 400 MB"] = peak.mb < 400
        print(whole)
        print(f"most memory of any process: {peak.mb:.0f} MB")
        for name, passed in checks.items():
            print(f"{'ok' if passed else 'FAILED'}: {name}")
        return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
