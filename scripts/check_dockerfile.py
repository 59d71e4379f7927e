#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the steps of the Dockerfile in fresh systems of Debian 12, where there is no Docker, and runs what comes of it.

Usage: scripts/check_dockerfile.py [NAME=VALUE...]     (arguments of the build)
Needs root, mmdebstrap and a mirror of Debian. BASE=FILE.tar is a system that mmdebstrap made before, or where to put
it; BIND=FOLDER is there in the systems, too, under its name (a cache of compiled files, say). Knows of a Dockerfile's
language only what ours says, and refuses the rest.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Stage:
    """One FROM with what follows: a system in a folder."""

    def __init__(self, base, folder, bind):
        self.root = folder
        self.user, self.directory, self.environment = "root", "/", {}
        self.entry, self.command, self.mounts = [], [], []
        os.makedirs(folder)
        subprocess.run(["tar", "-C", folder, "-xf", base], check=True)
        shutil.copy("/etc/resolv.conf", os.path.join(folder, "etc/resolv.conf"))
        self.mount("-t", "proc", "proc", "/proc")
        self.mount("--rbind", "--make-rslave", "/dev", "/dev")
        if bind:
            self.mount("--bind", bind, bind)

    def mount(self, *words):
        target = self.root + words[-1]
        os.makedirs(target, exist_ok=True)
        subprocess.run(["mount", *words[:-1], target], check=True)
        self.mounts.append(target)

    def close(self):
        for target in reversed(self.mounts):
            subprocess.run(["umount", "-l", target], check=False)

    def at(self, path):
        return self.root + os.path.normpath(os.path.join(self.directory, path))

    def run(self, words, **options):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                       **self.environment}
        assignments = [f"{name}={value}" for name, value in environment.items()]
        inside = ["sh", "-c", f'cd {shlex.quote(self.directory)} && exec "$@"', "sh", *words]
        return subprocess.run(["chroot", f"--userspec={self.user}:", self.root, "env", "-i", *assignments, *inside],
                              check=True, **options)

    def copy(self, source, target, from_root=None):
        """From another stage, or from what git knows of the project."""
        os.makedirs(os.path.dirname(self.at(target)), exist_ok=True)
        if from_root:
            shutil.copytree(from_root + source, self.at(target))
        elif source == ".":
            files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                   check=True, capture_output=True).stdout
            listed = subprocess.run(["tar", "--null", "-T", "-", "-c"], cwd=ROOT, input=files, check=True,
                                    capture_output=True).stdout
            subprocess.run(["tar", "-C", self.at(target), "-x"], input=listed, check=True)
        else:
            shutil.copy(os.path.join(ROOT, source), self.at(target))


def instructions():
    with open(os.path.join(ROOT, "Dockerfile")) as file:
        text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", file.read(), flags=re.M))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def take_steps(base, work, given, stages):
    """Fills `stages`, from names to systems; returns the last."""
    arguments, stage = {}, None
    for word, rest in instructions():
        print(f"check_dockerfile: {word} {' '.join(rest.split())}", file=sys.stderr)
        if word == "FROM":
            image, *name = re.match(r"(\S+)(?: AS (\S+))?$", rest).groups()
            if image != "debian:12-slim":
                raise SystemExit(f"check_dockerfile: FROM {image}: only debian:12-slim is known")
            stage = Stage(base, os.path.join(work, str(len(stages))), os.environ.get("BIND"))
            stages[name[0] or "last"] = stage
        elif word == "ARG":
            name, value = rest.split("=", 1)
            arguments[name] = given.get(name, value.strip('"'))
            stage.environment[name] = arguments[name]
        elif word == "WORKDIR":
            stage.directory = rest
            os.makedirs(stage.root + rest, exist_ok=True)
        elif word == "COPY":
            source, target = rest.split()[-2:]
            other = re.match(r"--from=(\S+)", rest)
            stage.copy(source, target, stages[other.group(1)].root if other else None)
        elif word == "RUN":
            stage.run(["sh", "-c", rest])
        elif word == "USER":
            stage.user = rest
        elif word == "ENTRYPOINT":
            stage.entry = json.loads(rest)
        elif word == "CMD":
            stage.command = json.loads(rest)
        elif word != "EXPOSE":
            raise SystemExit(f"check_dockerfile: {word} is not known here")
    return stage


def try_out(stage):
    shown = stage.run(stage.entry + stage.command, capture_output=True, text=True).stdout
    assert "Examples:" in shown, shown
    text = stage.run([*stage.entry, "generate", "gzip:9", "-n", "8", "--seed", "1", "-q", "--no-prompt"],
                     input=b"the cat sat on the mat, the cat sat on the ", capture_output=True).stdout
    assert text == b"mat, the", text
    stage.run([*stage.entry, "predict", "lm:english", "-p", "The "], stdout=subprocess.DEVNULL)


def main():
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    base = os.environ.get("BASE", os.path.join(ROOT, "build/debian-12.tar"))
    if not os.path.exists(base):
        os.makedirs(os.path.dirname(base), exist_ok=True)
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", base], check=True)
    stages = {}
    work = tempfile.mkdtemp()
    try:
        try_out(take_steps(base, work, given, stages))
    finally:
        for stage in stages.values():
            stage.close()
        # Never into what should still be mounted.
        subprocess.run(["rm", "-rf", "--one-file-system", work], check=True)
    print("check_dockerfile: what it makes runs")


if __name__ == "__main__":
    main()
