#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the Python module costs beside C++ and the command, for docs/python.md.

Usage: scripts/python_speed.py FILE [BUILD], where FILE is a text of 1 MB or more, of which the first 1,000,000 bytes
are scored, and BUILD is the folder of a build (build/release) with the targets zipdream, zipdream_python and
session_cost. All times are processor times on one thread, but those of two threads: these are by the clock, and two
processes, run in turns with them, tell what this machine can do at that moment. Where others use it too, `chrt -r 1`
before the command lets nobody in between.
"""
import gc
import multiprocessing
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time

CONTEXT_BYTES = 2000
SCORED_BYTES = 1_000_000
CALLS = 2000
ROUNDS = 7
UPDATES = 1_000_000
THREAD_ROUNDS = 5


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


def fresh_session(spec, context):
    import zipdream
    session = zipdream.load(spec).session(context)
    session.log2_probs()
    return session


def work(session, context, rounds):
    for i in range(rounds):
        session.log2_probs()
        session.update(context[i % len(context)])


def work_when_asked(pipe, context):
    """In a process of its own: makes a session for each request, then waits for the start."""
    while (request := pipe.recv()) is not None:
        spec, rounds = request
        session = fresh_session(spec, context)
        pipe.send("ready")
        pipe.recv()
        work(session, context, rounds)
        pipe.send("done")


def clock_of_processes(pipes, spec, rounds):
    def tell_all(message):
        for pipe in pipes:
            pipe.send(message)
        for pipe in pipes:
            pipe.recv()
    tell_all((spec, rounds))
    start = time.perf_counter()
    tell_all("go")
    return time.perf_counter() - start


def clock_of_threads(jobs):
    threads = [threading.Thread(target=job) for job in jobs]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def processor_time_of(jobs):
    start = time.process_time()
    for job in jobs:
        job()
    return time.process_time() - start


def compare_threads(zipdream, context, data):
    """Two sessions one after the other, on two threads, and in two processes, which share nothing; and two texts
    scored. The least of some short rounds: what others do on the machine adds to each.
    """
    pipes = []
    for _ in range(2):
        here, there = multiprocessing.Pipe()
        multiprocessing.Process(target=work_when_asked, args=(there, context), daemon=True).start()
        pipes.append(here)
    for spec, rounds in (("gzip:9", 15_000), ("ppm:6", 30_000), ("cm", 20_000)):
        seconds = []
        for _ in range(THREAD_ROUNDS):
            def jobs():
                sessions = [fresh_session(spec, context) for _ in range(2)]
                return [lambda session=session: work(session, context, rounds) for session in sessions]
            seconds.append((processor_time_of(jobs()), clock_of_threads(jobs()),
                            clock_of_processes(pipes, spec, rounds)))
        one, threads, processes = (min(times) for times in zip(*seconds))
        print(f"two sessions of {spec}: one after the other {one:.3f} s, on two threads {threads:.3f} s "
              f"({one / threads:.2f} times), in two processes {processes:.3f} s ({one / processes:.2f} times)")
    for pipe in pipes:
        pipe.send(None)
    model = zipdream.load("ppm:6")
    jobs = [lambda: model.score(data[:100_000])] * 2
    seconds = [(processor_time_of(jobs), clock_of_threads(jobs)) for _ in range(THREAD_ROUNDS)]
    one, threads = (min(times) for times in zip(*seconds))
    print(f"two texts of 100000 bytes scored by one ppm:6: one after the other {one:.3f} s, on two threads "
          f"{threads:.3f} s ({one / threads:.2f} times)")


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
    compare_threads(zipdream, context, data)


if __name__ == "__main__":
    main()
