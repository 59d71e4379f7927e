#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the program to its promises while the world fails: signals at random moments, full disks, folders that
may not be written, pipes that close; and while its user slips: outputs that are named as each of the inputs, by each
kind of name; paths of every kind. Prints a table in Markdown; fails if anything was lost.

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

    def __init__(self, program, root, name, arguments, outputs, inputs, partial=(), cut_short=(), varies=(),
                 resume=None, piped=None, ranks=0):
        self.command, self.name, self.arguments = [program], name, arguments
        self.ranks = ranks  # processes that mpirun starts of the program; 0: it is started alone
        if ranks > 0:
            self.command = ["mpirun", "-q", "--oversubscribe", "--allow-run-as-root", "-n", str(ranks), program]
        self.outputs, self.inputs = outputs, inputs
        self.partial = partial  # outputs that may stand there unfinished, whatever happens
        self.cut_short = cut_short  # outputs that a polite signal makes shorter, as it is meant to
        self.varies = varies  # outputs that are never the same twice: times are in them
        self.resume = resume  # arguments by what is there, if interrupted work can be resumed
        self.piped = piped  # arguments with which the command writes to a pipe
        self.root = root
        self.whole = {}
        self.printed = b""
        self.seconds = 0.0

    def prepare(self, originals):
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        for name in self.inputs:
            shutil.copy(originals / name, self.root / name)

    def start(self, arguments=None):
        return subprocess.Popen(self.command + (arguments or self.arguments), cwd=self.root,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, process, number, rng):
        """The signal, of which a rank that is killed may be any."""
        children = []
        if self.ranks > 0 and number == signal.SIGKILL:
            for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children"):
                children += task.read_text().split()
        if children:
            os.kill(int(rng.choice(children)), number)
        elif self.ranks == 0 or number != signal.SIGKILL:
            process.send_signal(number)

    def learn(self, originals):
        self.prepare(originals)
        began = time.monotonic()
        process = self.start()
        self.printed, error = process.communicate()
        self.seconds = time.monotonic() - began
        if process.returncode != 0:
            sys.exit(f"{self.name}: fails without any fault: {error.decode()}")
        self.whole = {name: (self.root / name).read_bytes() for name in self.outputs}

    def losses(self, originals, code, expected_codes, try_resuming=False):
        """What is wrong after a run, as texts."""
        wrong = []
        if code not in expected_codes:
            wrong.append(f"exit code {code}, not one of {sorted(expected_codes)}")
        for name in self.inputs:
            if not (self.root / name).exists() or not filecmp.cmp(originals / name, self.root / name, shallow=False):
                wrong.append(f"{name} is not what it was")
        for name, whole in self.whole.items():
            path = self.root / name
            found = path.read_bytes() if path.exists() else whole
            is_beginning = name in self.cut_short and code in (130, 143) and whole.startswith(found)
            if found != whole and name not in self.partial and not is_beginning:
                wrong.append(f"{name} is not whole")
            if not path.exists() and code == 0:
                wrong.append(f"{name} is missing after success")
        known = {name.split("/")[0] for name in [*self.inputs, *self.outputs]}
        wrong += [f"{path.name} was left behind" for path in self.root.iterdir() if path.name not in known]
        if self.resume and try_resuming and code != 0:
            wrong += self.losses_of_resuming()
        return wrong

    def losses_of_resuming(self):
        process = self.start(self.resume(self.root))
        printed, error = process.communicate()
        if process.returncode != 0:
            return [f"does not resume: {error.decode().strip()}"]
        wrong = [f"{name} differs after resuming" for name, whole in self.whole.items()
                 if (self.root / name).read_bytes() != whole and name not in self.varies]
        return wrong + ([] if printed == self.printed else ["prints something else after resuming"])


def signal_run(scene, originals, number, rng):
    scene.prepare(originals)
    process = scene.start()
    time.sleep(rng.random() * scene.seconds * 1.1)
    try:
        scene.send(process, number, rng)
    except (ProcessLookupError, FileNotFoundError):
        pass  # it was ready before
    error = process.communicate()[1].decode()
    # Python says -N for a process that a signal ended.
    codes = {0, -number} if number == signal.SIGKILL else {0, 128 + number, -number}
    if scene.ranks > 0:  # mpirun says it its own way
        codes |= {1, 128 + number}
    wrong = scene.losses(originals, process.returncode, codes, try_resuming=True)
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
        outer, scene.root = scene.root, inner
        process = scene.start()
        error = process.communicate()[1].decode()
        wrong = scene.losses(originals, process.returncode, {0, 1})
        scene.root = outer
        if process.returncode == 1 and error.count("\n") != 1:
            wrong.append(f"more than one line: {error}")
        return wrong


def read_only_run(scene, originals):
    scene.prepare(originals)
    os.chmod(scene.root, 0o555)
    prefix = ["setpriv", "--reuid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
    process = subprocess.run(prefix + scene.command + scene.arguments, cwd=scene.root, stdin=subprocess.DEVNULL,
                             capture_output=True)
    os.chmod(scene.root, 0o755)
    return scene.losses(originals, process.returncode, {1})


def closed_pipe_run(scene, originals, rng):
    scene.prepare(originals)
    process = scene.start(scene.piped)
    process.stdout.read(rng.randrange(64))
    process.stdout.close()
    process.stderr.read()
    wrong = scene.losses(originals, process.wait(), {0, 1, -signal.SIGPIPE})
    return [text for text in wrong if "is missing after success" not in text]


# ---- outputs named as inputs ----

# Other names of the file at a path, which may have to be made.
def itself(path):
    return path


def with_dots(path):
    return path.parent / ".." / path.parent.name / "." / path.name


def symbolic_link(path):
    link = path.parent / ("soft-" + path.name)
    link.symlink_to(path.name)
    return link


def hard_link(path):
    link = path.parent / ("hard-" + path.name)
    os.link(path, link)
    return link


def through_a_linked_folder(path):
    way = path.parent.parent / "way"
    if not way.exists():
        way.symlink_to(path.parent.name)
    return way / path.name


def descriptor(path):
    return "/dev/fd/9"  # open_output() opens it


OTHER_NAMES = [itself, with_dots, symbolic_link, hard_link, through_a_linked_folder, descriptor]


def commands_that_write():
    """Names and words; IN.x is an input that is called x, OUT the output. The files are those of clash_files()."""
    lm = "lm:IN.model/"
    yield "generate", ["generate", "gzip", "-f", "IN.text", "--force", "-o", "OUT"]
    yield "generate", ["generate", "gzip", "-p", "a", "--corpus", "IN.text", "--force", "-o", "OUT"]
    yield "generate", ["generate", "gzip", "-p", "a", "--judge", lm, "--force", "-o", "OUT"]
    yield "generate", ["generate", lm, "-p", "a", "--force", "-o", "OUT"]
    yield "generate", ["generate", "png", "-f", "IN.image.png", "--force", "-o", "OUT"]
    yield "generate", ["generate", "png", "-f", "IN.image.png", "-o", "new.png", "--force", "--view", "OUT"]
    yield "generate", ["generate", "flac", "-f", "IN.sound.wav", "--force", "-o", "OUT"]
    yield "generate", ["generate", "gzip", "-f", "IN.text-2", "--force", "--samples", "3", "-o", "OUT"]
    yield "compare", ["compare", "gzip", lm, "-f", "IN.page.html", "--corpus", "IN.text", "--html", "OUT"]
    for command in ("rates", "in-context"):
        yield command, [command, "gzip", lm, "--data", "IN.page.html", "more=IN.data/", "--html", "OUT"]
        yield command, [command, "gzip", lm, "--data", "IN.run.jsonl", "IN.da*/t*", "--record", "OUT"]
    yield "scaling", ["scaling", "gzip", "--data", "IN.page.html", "--sizes", "100", "--html", "OUT"]
    yield "merge", ["merge", "IN.run.jsonl", "IN.page.html", "--html", "OUT"]
    yield "compress", ["compress", "-f", "-m", lm, "IN.text", "-o", "OUT"]
    yield "compress", ["compress", "-f", "--rm", "IN.text", "-o", "OUT"]
    yield "decompress", ["decompress", "-f", "--rm", "IN.text.zd", "-o", "OUT"]
    yield "tokenization", ["tokenization", "IN.text", "--data", "IN.page.html", "-o", "OUT"]
    yield "train", ["train", "IN.text", "-o", "OUT"]


def clash_files(program, folder, originals):
    """The files that commands_that_write() read."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    for name in ("text", "text-2", "page.html", "run.jsonl", "data/text"):
        shutil.copy(originals / "small", folder / name)
    samples = pathlib.Path(__file__).resolve().parent.parent / "samples"
    shutil.copy(samples / "image.png", folder)
    shutil.copy(samples / "sound.wav", folder)
    shutil.copytree(samples / "models/english-small", folder / "model")
    subprocess.run([program, "compress", "-q", str(folder / "text")], check=True)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def open_output(path):
    number = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.dup2(number, 9)
    os.close(number)


def clash_run(program, folder, words, name, other_name):
    """The losses of a command whose output is another name of its input `name`."""
    path = folder / name
    output = str(other_name(path))
    if "--samples" in words:
        output = output.replace("text-2", "text")  # the second sample gets that number
    words = [word.replace("OUT", output).replace("IN.", str(folder) + "/") for word in words]
    before = contents(folder)
    if other_name is descriptor and path.is_file():
        open_output(path)
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          pass_fds=[9] if other_name is descriptor and path.is_file() else [])
    wrong = [] if done.returncode in (1, 2) else [f"exit code {done.returncode}"]
    wrong += [] if contents(folder) == before else ["a file changed"]
    wrong += [] if done.stderr.count(b"\n") == 1 else [f"no line of error, or several: {done.stderr.decode()}"]
    return [f"{text}: {' '.join(words)}" for text in wrong]


def inputs_of(words):
    """The files that the words name."""
    files = {"model/": ["model/config.json", "model/model.safetensors"], "data/": ["data/text"],
             "da*/t*": ["data/text"]}
    names = [word.split("IN.")[1] for word in words if "IN." in word]
    return [file for name in names for file in files.get(name, [name])]


def clash_rows(program, root, originals):
    """(command, runs, losses) of each command, its output named as each of the files that it reads."""
    folder = root / "clash"
    rows = {}
    for command, words in commands_that_write():
        for name in inputs_of(words):
            for other_name in OTHER_NAMES:
                clash_files(program, folder, originals)
                runs, losses = rows.get(command, (0, []))
                rows[command] = (runs + 1, losses + clash_run(program, folder, words, name, other_name))
    return [(command, runs, losses) for command, (runs, losses) in rows.items()]


# ---- paths of every kind ----

ODD_NAMES = ["two words", " led and trailed ", "007", "00.5", "1e6", "na\u00efve", "\u65e5\u672c", "line\nfeed",
             "tab\t", "quote\"", "apostrophe'", "a:b", "a,b=c", "a=b", "a@b", "@1", "back\\slash", "\\x41", "[a]", "*",
             "?x", "~", "$HOME", "#1", "%s", "{}", ".hidden", "-", "--help", "x.zd", "x.gz.png", "\x1b[31m",
             "caf\udce9", "'"]


def quoted(path):
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def odd_path_run(program, folder, name, originals):
    """The losses of there and back again, with a file and a model of that name."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / name).mkdir(parents=True)
    samples = pathlib.Path(__file__).resolve().parent.parent / "samples"
    shutil.copytree(samples / "models/english-small", folder / name / "model")
    path = str(folder / name / name)
    text = (originals / "small").read_bytes()[:2000]
    pathlib.Path(path).write_bytes(text)
    model = "lm:" + quoted(str(folder / name / "model"))
    wrong = []

    def run(*words, codes=(0,)):
        done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode not in codes:
            wrong.append(f"{words[0]}, exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
        if b"\x1b" in done.stderr:
            wrong.append(f"{words[0]} sent the terminal what a name holds")
        return done.stdout

    for spec in ("ppm:3", model):
        archive = path + "-archive.zd"
        run("compress", "--rm", "-m", spec, path, "-o", archive)
        run("info", archive)
        run("decompress", "--rm", archive, "-o", path)
        if not pathlib.Path(path).exists() or pathlib.Path(path).read_bytes() != text:
            wrong.append(f"{spec}: the file is not what it was")
    run("generate", "gzip", "-f", path, "-n", "9", "-o", path + "-sample", "--seed", "1")
    run("score", model, path, "--json")
    record = path + "-record"
    table = run("rates", "gzip", model, "--data", path, "--record", record, "--html", path + "-page", "--no-times")
    if run("rates", "gzip", model, "--data", path, "--record", record, "--no-times") != table:
        wrong.append("rates: another table from its record")
    run("compare", "gzip", model, "-f", path, "-n", "3", "--html", path + "-page2")
    return wrong


def odd_path_rows(program, root, originals):
    losses = []
    for name in ODD_NAMES:
        losses += [f"{name!r}: {text}" for text in odd_path_run(program, root / "odd", name, originals)]
    return [("all", len(ODD_NAMES), losses)]


def scenes(program, root, rng, originals):
    write_text(originals / "text", 400_000, rng)
    write_text(originals / "small", 40_000, rng)
    subprocess.run([program, "compress", "-q", "-B", "32K", str(originals / "text")], check=True)
    make = lambda name, *rest, **more: Scene(program, root / name, name, *rest, **more)
    yield make("compress", ["compress", "-q", "-B", "64K", "text", "-o", "out.zd"], ["out.zd"], ["text"],
               piped=["compress", "-q", "-c", "text"])
    yield make("decompress", ["decompress", "-q", "text.zd", "-o", "back"], ["back"], ["text.zd"],
               piped=["decompress", "-q", "-c", "text.zd"])
    generate = ["generate", "gzip:9", "-f", "small", "-n", "4000", "--seed", "1", "--no-prompt", "-q"]
    yield make("generate", generate + ["-o", "out.txt"], ["out.txt"], ["small"], cut_short=("out.txt",), piped=generate)
    rates = ["rates", "gzip:9", "xz:1", "--data", "text", "--chunk", "2048,whole", "--no-times", "-q", "--record",
             "done.jsonl"]
    yield make("rates", rates, ["done.jsonl"], ["text"], partial=("done.jsonl",),
               varies=("done.jsonl",), resume=lambda _: rates, piped=rates)
    of_ranks = pathlib.Path(program).parent / "zipdream-mpi"
    if of_ranks.exists() and shutil.which("mpirun"):
        yield Scene(str(of_ranks), root / "mpi", "mpi", rates, ["done.jsonl"], ["text"], partial=("done.jsonl",),
                    varies=("done.jsonl",), resume=lambda _: rates, ranks=4)
    train = ["train", "small", "-o", "model", "--layers", "1", "--hidden-size", "16", "--heads", "1",
             "--context-length", "32", "--batch", "256", "--steps", "60", "--save-interval", "20", "-q"]
    yield make("train", train, ["model/model.safetensors"], ["small"], partial=("model/model.safetensors",),
               resume=lambda root: (["train", "--resume", "model", "-q"]
                                    if (root / "model/training.safetensors").exists() else train))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="of each fault [100]")
    parser.add_argument("--seed", type=int, default=1, help="of the moments [1]")
    parser.add_argument("--program", default="build/release/zipdream", help="[build/release/zipdream]")
    parser.add_argument("names", nargs="*", help="commands; outputs, paths: what users slip on [all]")
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
            if scene.piped:
                faults.append(("reader that goes away", lambda: closed_pipe_run(scene, originals, rng)))
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
        for fault, rows in (("output named as an input", clash_rows), ("paths of every kind", odd_path_rows)):
            if options.names and fault.split()[0].rstrip("s") + "s" not in options.names:
                continue
            for command, runs, lost in rows(program, root, originals):
                failed = failed or bool(lost)
                print(f"| {fault} | {command} | {runs} | {len(lost)} |", flush=True)
                for text in lost[:5]:
                    print(f"{command}, {fault}: {text}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
