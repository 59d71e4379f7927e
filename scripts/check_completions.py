#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The completions of a build in the shells that are there: types into each, presses Tab, reads the line.

Usage: scripts/check_completions.py [BUILD_FOLDER]     (build/release). Without any of bash, zsh and fish it exits with
77. Tab is pressed in a terminal as people do; a shell gets two minutes for each line.
"""

import concurrent.futures
import os
import pty
import re
import select
import shutil
import sys
import tempfile
import time

SECONDS = 120

# What is typed, and what stands there after Tab. All shells, programs found on PATH.
LINES = {
    "zipdream gener": "zipdream generate",
    "zipdream decom": "zipdream decompress",
    "zipdream help in-c": "zipdream help in-context",
    "zipdream generate --prompt-fr": "zipdream generate --prompt-fraction",
    "zipdream generate gzip:9 --method dr": "zipdream generate gzip:9 --method dream",
    "zipdream generate libd": "zipdream generate libdeflate",
    "zipdream generate residual:pae": "zipdream generate residual:paeth:",
    "zipdream generate mix:cm+bzi": "zipdream generate mix:cm+bzip2",
    "zipdream score lm:speec": "zipdream score lm:speech",
    "zipdream compare gzip:9 gzip:9@dre": "zipdream compare gzip:9 gzip:9@dream",
    "zipdream compress -m zst": "zipdream compress -m zstd",
    "zipdream generate gzip:9 --format mul": "zipdream generate gzip:9 --format mulaw",
    "zipdream generate gzip:9 --method=dr": "zipdream generate gzip:9 --method=dream",
    "zipdream generate gzip:9 --corpus=a_lone": "zipdream generate gzip:9 --corpus=a_lonely_file.txt",
    "zipdream generate gzip:9 --stats --judge=zop": "zipdream generate gzip:9 --stats --judge=zopfli",
    "zipdream rates gzip:9 --data x a_lone": "zipdream rates gzip:9 --data x a_lonely_file.txt",
    "zipdream generate gzip:9 --temp au": "zipdream generate gzip:9 --temp auto",
    "zipdream predict png:9,wid": "zipdream predict png:9,width=",
    "zipdream compress a_lone": "zipdream compress a_lonely_file.txt",
    "zipdream generate ppm -f a_lone": "zipdream generate ppm -f a_lonely_file.txt",
    "zipdream train --resume a_fol": "zipdream train --resume a_folder",
    "zipdream --memory-limit 1G score cm a_lone": "zipdream --memory-limit 1G score cm a_lonely_file.txt",
    "zipdream-serve --kept-p": "zipdream-serve --kept-prompts",
    "zipdream-train --store bf": "zipdream-train --store bf16",
    "zipdream-train-mpi --micro-b": "zipdream-train-mpi --micro-batches",
    "zipdream-mpi in-c": "zipdream-mpi in-context",
    "zipdream-mpi help sca": "zipdream-mpi help scaling",
    "zipdream-mpi rates gzip:9 --data x a_lone": "zipdream-mpi rates gzip:9 --data x a_lonely_file.txt",
    "zipdream-mpi rates bzi": "zipdream-mpi rates bzip2",
    "zipdream-mpi rates --rec": "zipdream-mpi rates --record",
    "zipdream-mpi gen": "zipdream-mpi gen",
}


class Shell:
    """A shell in a terminal, with the completions of a build."""

    def __init__(self, name, command, setup, folder, environment):
        self.name = name
        self.log = b""
        self.count = 0
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.run(setup)

    def read_until(self, pattern):
        limit = time.monotonic() + SECONDS
        while not re.search(pattern, self.log):
            ready = select.select([self.terminal], [], [], max(0, limit - time.monotonic()))[0]
            if not ready:
                raise SystemExit(f"check_completions: {self.name} said nothing for too long: {self.log[-500:]!r}")
            self.log += os.read(self.terminal, 65536)
        return re.search(pattern, self.log)

    def run(self, command):
        """Runs it and waits for its end."""
        self.count += 1
        self.log = b""
        # The shell shows what is typed as well, where the sum is not yet one.
        os.write(self.terminal, f"{command}; printf 'end%d\\n' {self.count}\r".encode())
        self.read_until(rb"end%d[\r\n]" % self.count)

    def complete(self, typed):
        """The line that stands there after Tab."""
        self.count += 1
        self.log = b""
        os.write(self.terminal, typed.encode() + b"\t")
        # The line is not run but printed: what was typed is put between quotes.
        os.write(self.terminal, f"'\x01printf '<%s>%d\\n' '\x05 {self.count}\r".encode())
        found = self.read_until(rb"<([^<>%%\r\n]*)>%d[\r\n]" % self.count)
        return found.group(1).decode()

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def shells(build, folder):
    path = os.pathsep.join([build, os.environ["PATH"]])
    home = os.path.join(folder, "home")
    os.makedirs(os.path.join(home, ".config"))
    environment = {"PATH": path, "HOME": home, "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "> "}
    manual = os.path.join(build, "manual")
    starts = {
        "bash": (["bash", "--norc", "--noprofile", "-i"],
                 f"bind 'set enable-bracketed-paste off'; . {manual}/bash/zipdream"),
        "zsh": (["zsh", "-f", "-i"],
                f"fpath=({manual}/zsh $fpath); bindkey -e; unsetopt zle_bracketed_paste; autoload -U compinit; "
                "compinit -u -D; zstyle ':completion:*' insert-tab false"),
        "fish": (["fish", "--no-config", "-i"],
                 f"set -g fish_autosuggestion_enabled 0; function fish_prompt; echo '> '; end; "
                 f"set fish_complete_path {manual}/fish"),
    }
    for name, (command, setup) in starts.items():
        if shutil.which(name):
            yield Shell(name, command, setup, folder, environment)


def failures_of(shell):
    """What it makes of each line, where that is wrong."""
    failures = []
    for typed, expected in LINES.items():
        found = shell.complete(typed)
        if found.rstrip(" /=") != expected.rstrip(" /="):
            failures.append(f"{shell.name}: {typed!r} became {found!r}, not {expected!r}")
    shell.close()
    return failures


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "build/release"))
    with tempfile.TemporaryDirectory() as folder:
        open(os.path.join(folder, "a_lonely_file.txt"), "w").close()
        os.mkdir(os.path.join(folder, "a_folder"))
        # All at once, as they wait for most of their time.
        tried = list(shells(build, folder))
        with concurrent.futures.ThreadPoolExecutor(max_workers=len(tried) or 1) as pool:
            failures = [failure for some in pool.map(failures_of, tried) for failure in some]
    if not tried:
        print("check_completions: none of bash, zsh and fish is here", file=sys.stderr)
        return 77
    for failure in failures:
        print(f"check_completions: {failure}", file=sys.stderr)
    print(f"check_completions: {len(LINES)} lines in {', '.join(shell.name for shell in tried)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
