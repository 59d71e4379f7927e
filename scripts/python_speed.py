#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the Python module costs beside C++ and the command, for docs/python.md.

Usage: scripts/python_speed.py FILE [BUILD], where FILE is a text of 1 MB or more, of which the first 1,000,000 bytes
are scored, and BUILD is the folder of a build (build/release) with the targets zipdream, zipdream_python and
session_cost. All times are processor times on one thread, but those of the threads: there two processes, run just
before, tell what this machine can do at that moment.
"""
import concurrent.futures
import gc
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

CONTEXT_BYTES = 2000
SCORED_BYTES = 1_000_000
CALLS = 2000
ROUNDS = 7
UPDATES = 1_000_000


def microseconds_of(call):
    """The least of several rounds, of processor time."""
    def one_round():
        start = time.process_time()
        for _ in range(CALLS):
            call()
        return (time.process_time() - start) / CALLS * 1e6
    return min(one_round() for _ in range(ROUNDS))


def in_cpp(build, *words):
    lines = subprocess.run([build / "session_cost", *words], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in lines.splitlines())}


def seconds_of_command(build, *words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([build / "zipdream", *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_distributions(zipdream, build, context):
    """The distribution and the update of a session, in µs."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(context)
        file.flush()
        for spec in ("gzip:9", "ppm:6", "cm"):
            cpp = in_cpp(build, spec, file.name)
            session = zipdream.load(spec).session(context)
            distribution = microseconds_of(session.log2_probs)
            bytes_of_context = iter(context * (CALLS * ROUNDS // len(context) + 1))
            update = microseconds_of(lambda: session.update(next(bytes_of_context)))
            print(f"{spec}: log2_probs() {distribution:.2f} µs, in C++ {cpp['log2_probs']:.2f}; "
                  f"update() {update:.2f} µs, in C++ {cpp['update']:.2f}")


def compare_scores(zipdream, build, data):
    """score() and `zipdream score`, alternating, the least of three each."""
    model = zipdream.load("ppm:6")
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        python, command = [], []
        for _ in range(3):
            start = time.process_time()
            model.score(data)
            python.append(time.process_time() - start)
            command.append(seconds_of_command(build, "score", "ppm:6", file.name))
    print(f"score of {len(data)} bytes by ppm:6: {min(python):.2f} s, the command {min(command):.2f} s "
          f"({100 * (min(python) / min(command) - 1):+.1f} %)")


def resident_kilobytes():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def watch_memory(zipdream, context):
    """Resident memory while one session is updated a million times, and asked every tenth time."""
    session = zipdream.load("gzip:9").session(context)
    seen = []
    for i in range(UPDATES):
        session.update(context[i % len(context)])
        if i % 10 == 0:
            session.log2_probs()
        if (i + 1) % (UPDATES // 10) == 0:
            gc.collect()
            seen.append(resident_kilobytes())
    print(f"memory over {UPDATES} updates of gzip:9, after each tenth, in KB: {seen}")


def work(spec, context, rounds):
    import zipdream
    session = zipdream.load(spec).session(context)
    for i in range(rounds):
        session.log2_probs()
        session.update(context[i % len(context)])


def clock_of(executor, *arguments):
    """Seconds by the clock of two jobs at once, once the pool has begun."""
    with executor(max_workers=2) as pool:
        list(pool.map(work, *([each] * 2 for each in (*arguments[:2], 100))))
        start = time.perf_counter()
        list(pool.map(work, *([each] * 2 for each in arguments)))
        return time.perf_counter() - start


def compare_threads(context):
    """Two sessions one after the other, on two threads, and in two processes, which share nothing."""
    for spec, rounds in (("gzip:9", 40_000), ("ppm:6", 80_000)):
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            work(spec, context, rounds)
            work(spec, context, rounds)
            one = time.perf_counter() - start
            seconds.append((one, clock_of(concurrent.futures.ThreadPoolExecutor, spec, context, rounds),
                            clock_of(concurrent.futures.ProcessPoolExecutor, spec, context, rounds)))
        one, threads, processes = (min(times) for times in zip(*seconds))
        print(f"two sessions of {spec}: one after the other {one:.2f} s, on two threads {threads:.2f} s "
              f"({one / threads:.2f} times), in two processes {processes:.2f} s ({one / processes:.2f} times)")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else "build/release").resolve()
    sys.path.insert(0, str(build / "python"))
    os.environ["PYTHONPATH"] = str(build / "python")
    import zipdream
    data = pathlib.Path(sys.argv[1]).read_bytes()[:SCORED_BYTES]
    context = data[:CONTEXT_BYTES]
    zipdream.set_thread_count(1)
    compare_distributions(zipdream, build, context)
    compare_scores(zipdream, build, data)
    watch_memory(zipdream, context)
    compare_threads(context)


if __name__ == "__main__":
    main()
