#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the program to its promises while the world fails: signals at random moments, full disks, folders that
may not be written, pipes that close. Prints a table in Markdown; fails if anything was lost.

Usage: scripts/faults.py [--runs N] [--seed N] [--program PATH] [NAME...]

What counts as a loss: an input that changed or went; a file under an output's name that is not the whole output; any
other file left behind; an exit code that is neither success nor the one that tells of the fault; work that is not
resumed to the same result. Full disks need a tmpfs, so root; folders that may not be written need not.
"""
import argparse, filecmp, os, pathlib, random, shutil, signal, subprocess, sys, tempfile, time

WORDS = "the sea and the keeper of the light climbed up to where the wind was all there is to hear of it".split()


def write_text(path, size, rng):
    words, length = [], 0
    while length < size:
        word = rng.choice(WORDS) + (" " if rng.random() < 0.9 else str(rng.randrange(1000)) + ".\n")
        words.append(word)
        length += len(word)
    path.write_text("".join(words)[:size])


class Scene:
    """A command in a folder of its own: what it reads, what it writes, and what a whole output is."""

    def __init__(self, program, root, name, arguments, outputs, inputs, partial=(), resumes=False):
        self.name, self.arguments, self.outputs, self.inputs = name, [program] + arguments, outputs, inputs
        self.partial = partial  # outputs of which any part may stand there after an interruption
        self.resumes = resumes
        self.root = root
        self.whole = {}
        self.seconds = 0.0

    def prepare(self, originals):
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        for name in self.inputs:
            shutil.copy(originals / name, self.root / name)

    def start(self, **options):
        return subprocess.Popen(self.arguments, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, **options)

    def learn(self, originals):
        self.prepare(originals)
        began = time.monotonic()
        process = self.start()
        error = process.communicate()[1].decode()
        self.seconds = time.monotonic() - began
        if process.returncode != 0:
            sys.exit(f"{self.name}: fails without any fault: {error}")
        self.whole = {name: (self.root / name).read_bytes() for name in self.outputs}

    def losses(self, originals, code, expected_codes):
        """What is wrong after a run, as texts."""
        wrong = []
        if code not in expected_codes:
            wrong.append(f"exit code {code}, not one of {sorted(expected_codes)}")
        for name in self.inputs:
            if not (self.root / name).exists() or not filecmp.cmp(originals / name, self.root / name, shallow=False):
                wrong.append(f"{name} is not what it was")
        for name, whole in self.whole.items():
            path = self.root / name
            if path.exists() and path.read_bytes() != whole and name not in self.partial:
                wrong.append(f"{name} is not whole")
            if not path.exists() and code == 0:
                wrong.append(f"{name} is missing after success")
        known = set(self.inputs) | set(self.outputs)
        wrong += [f"{path.name} was left behind" for path in self.root.iterdir() if path.name not in known]
        if self.resumes and code != 0:
            process = self.start()
            error = process.communicate()[1].decode()
            if process.returncode != 0:
                wrong.append(f"does not resume: {error.strip()}")
            for name, whole in self.whole.items():
                if (self.root / name).read_bytes() != whole:
                    wrong.append(f"{name} differs after resuming")
        return wrong


def signal_run(scene, originals, number, rng):
    scene.prepare(originals)
    process = scene.start()
    time.sleep(rng.random() * scene.seconds * 1.1)
    process.send_signal(number)
    error = process.communicate()[1].decode()
    # Python says -N for a process that a signal ended.
    codes = {0, -number} if number == signal.SIGKILL else {0, 128 + number, -number}
    wrong = scene.losses(originals, process.returncode, codes)
    return [f"{text} ({error.strip()})" if error else text for text in wrong]


class FullDisk:
    """A tmpfs with room for the inputs and a little more."""

    def __init__(self, root, size):
        self.root, self.size = root, size

    def __enter__(self):
        self.root.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.root)],
                              capture_output=True)
        return done.returncode == 0

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.root)], capture_output=True)


def full_disk_run(scene, originals, rng):
    inputs = sum((originals / name).stat().st_size for name in scene.inputs)
    room = inputs + 8192 + rng.randrange(max(4096, min(len(w) for w in scene.whole.values())))
    inner = scene.root / "disk"
    shutil.rmtree(scene.root, ignore_errors=True)
    scene.root.mkdir()
    with FullDisk(inner, room) as mounted:
        if not mounted:
            return None
        for name in scene.inputs:
            shutil.copy(originals / name, inner / name)
        process = subprocess.run(scene.arguments, cwd=inner, stdin=subprocess.DEVNULL, capture_output=True)
        outer, scene.root = scene.root, inner
        resumes, scene.resumes = scene.resumes, False
        wrong = scene.losses(originals, process.returncode, {0, 1})
        scene.root, scene.resumes = outer, resumes
        if process.returncode == 1 and process.stderr.count(b"\n") != 1:
            wrong.append(f"more than one line: {process.stderr.decode()}")
        return wrong


def read_only_run(scene, originals):
    scene.prepare(originals)
    os.chmod(scene.root, 0o555)
    prefix = ["setpriv", "--reuid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
    process = subprocess.run(prefix + scene.arguments, cwd=scene.root, stdin=subprocess.DEVNULL, capture_output=True)
    os.chmod(scene.root, 0o755)
    resumes, scene.resumes = scene.resumes, False
    wrong = scene.losses(originals, process.returncode, {1})
    scene.resumes = resumes
    return wrong


def closed_pipe_run(scene, originals, rng):
    scene.prepare(originals)
    arguments = [a for a in scene.arguments]
    process = subprocess.Popen(arguments + ["-c"], cwd=scene.root, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(rng.randrange(64))
    process.stdout.close()
    process.stderr.read()
    return scene.losses(originals, process.wait(), {0, 1})


def scenes(program, root, rng, originals):
    write_text(originals / "text", 400_000, rng)
    write_text(originals / "small", 40_000, rng)
    subprocess.run([program, "compress", "-q", "-B", "32K", str(originals / "text")], check=True)
    make = lambda name, *rest, **more: Scene(program, root / name, name, *rest, **more)
    yield make("compress", ["compress", "-q", "-B", "64K", "text", "-o", "out.zd"], ["out.zd"], ["text"])
    yield make("decompress", ["decompress", "-q", "text.zd", "-o", "back"], ["back"], ["text.zd"])
    yield make("generate", ["generate", "gzip:9", "-f", "small", "-n", "4000", "--json", "-o", "out.json"],
               ["out.json"], ["small"], partial=("out.json",))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="of each fault [100]")
    parser.add_argument("--seed", type=int, default=1, help="of the moments [1]")
    parser.add_argument("--program", default="build/release/zipdream", help="[build/release/zipdream]")
    parser.add_argument("names", nargs="*", help="commands [all]")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    program = str(pathlib.Path(options.program).resolve())
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root, originals = pathlib.Path(folder), pathlib.Path(folder) / "originals"
        originals.mkdir()
        print("| fault | command | runs | losses |\n|:--|:--|--:|--:|")
        for scene in scenes(program, root, rng, originals):
            if options.names and scene.name not in options.names:
                continue
            scene.learn(originals)
            faults = [(f"{number.name} at a random moment", lambda n=number: signal_run(scene, originals, n, rng))
                      for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)]
            faults.append(("full disk", lambda: full_disk_run(scene, originals, rng)))
            faults.append(("folder that may not be written", lambda: read_only_run(scene, originals)))
            for fault, run in faults:
                results = [run() for _ in range(options.runs if "folder" not in fault else 1)]
                if results[0] is None:
                    print(f"| {fault} | {scene.name} | 0 | not tried: needs root |")
                    continue
                lost = [text for wrong in results for text in wrong]
                failed = failed or bool(lost)
                print(f"| {fault} | {scene.name} | {len(results)} | {len(lost)} |", flush=True)
                for text in lost[:5]:
                    print(f"{scene.name}, {fault}: {text}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
