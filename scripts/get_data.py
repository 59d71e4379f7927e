#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Downloads the public data sets of "Language Modeling Is Compression" where there is a network.

Usage: scripts/get_data.py FOLDER [SET...]   SETs: enwik8 enwik9 librispeech (all if none is named)
       scripts/get_data.py --list

A download goes on where the last one stopped; what it gives is checked by MD5 before it gets its name. ImageNet is
given only to those who register: put pictures of yours into a folder and say --data 'imagenet=FOLDER/*.JPEG'.
"""
import argparse
import hashlib
import os
import shutil
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile

PIECE = 1 << 20
TRIES = 5


class Set:
    def __init__(self, name, url, archive_md5, member, md5, what):
        self.name = name
        self.url = url
        self.archive_md5 = archive_md5  # None: not published; the content's is
        self.member = member  # the one file of a zip; None: a tar, unpacked as a folder
        self.md5 = md5
        self.what = what


SETS = [
    Set("enwik8", "http://mattmahoney.net/dc/enwik8.zip", None, "enwik8", "a1fa5ffddb56f4953e226637dabbb36a",
        "the first 10^8 bytes of an English Wikipedia dump of 2006"),
    Set("enwik9", "http://mattmahoney.net/dc/enwik9.zip", None, "enwik9", "e206c3450ac99950df65bf70ef61a12d",
        "the first 10^9 bytes of it"),
    Set("librispeech", "https://www.openslr.org/resources/12/test-clean.tar.gz", "32fa31d27d2e1cad72775fee3f4849a9",
        None, None, "LibriSpeech test-clean, 5.4 hours of speech in FLAC, CC BY 4.0"),
]


class Failure(Exception):
    pass


def md5_of(path):
    digest = hashlib.md5()
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def tell(text):
    print(f"get_data: {text}", file=sys.stderr, flush=True)


def fetch_once(url, part):
    """One try to make `part` whole. A server that knows no Range sends all again."""
    at = os.path.getsize(part) if os.path.exists(part) else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={at}-"} if at else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            goes_on = answer.status == 206
            left = answer.headers.get("Content-Length")
            with open(part, "ab" if goes_on else "wb") as file:
                shutil.copyfileobj(answer, file, PIECE)
                size = file.tell()
            expected = (at if goes_on else 0) + int(left) if left else size
            if size < expected:
                raise Failure(f"{url}: ended after {size} of {expected} bytes")
    except urllib.error.HTTPError as error:
        if error.code == 416 and at:  # nothing is left to send
            return
        raise


def fetch(url, part, wait):
    for i in range(TRIES):
        try:
            return fetch_once(url, part)
        except (OSError, Failure) as error:
            reason = error
            if isinstance(error, urllib.error.HTTPError) and error.code in (403, 404):
                break
            if i + 1 < TRIES:
                time.sleep(wait * 2**i)
    raise Failure(f"{url}: cannot be had here ({reason}); with a network run this again, it goes on from "
                  f"{os.path.basename(part)}; or put the file there by hand under that name")


def check(path, md5, url):
    found = md5_of(path)
    if found == md5:
        return
    os.remove(path)
    raise Failure(f"{url}: gave something else (MD5 {found}, not {md5}); it is removed, run this again")


def unpack_zip(part, one, folder):
    temporary = os.path.join(folder, one.name + ".new")
    try:
        with zipfile.ZipFile(part) as archive, archive.open(one.member) as source:
            with open(temporary, "wb") as target:
                shutil.copyfileobj(source, target, PIECE)
    except (zipfile.BadZipFile, KeyError) as error:
        os.remove(part)
        raise Failure(f"{one.url}: gave no whole archive ({error}); it is removed, run this again")
    check(temporary, one.md5, one.url)
    os.replace(temporary, os.path.join(folder, one.name))


def unpack_tar(part, one, folder):
    check(part, one.archive_md5, one.url)
    temporary = os.path.join(folder, one.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    with tarfile.open(part) as archive:
        # The filter is younger than Debian 12's Python; the archive is the one we know in any case.
        archive.extractall(temporary, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    os.replace(temporary, os.path.join(folder, one.name))


def get(one, folder, wait=1.0):
    target = os.path.join(folder, one.name)
    if os.path.exists(target):
        return tell(f"{target} is there")
    part = os.path.join(folder, one.name + ".part")
    tell(f"{one.name}: {one.what}, from {one.url}")
    fetch(one.url, part, wait)
    if one.member:
        unpack_zip(part, one, folder)
    else:
        unpack_tar(part, one, folder)
    os.remove(part)
    tell(f"{target} is whole")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--list", action="store_true", help="say what there is")
    options = parser.parse_args()
    if options.list:
        for one in SETS:
            print(f"{one.name:12} {one.what}")
        return 0
    if options.folder is None:
        parser.error("which folder?")
    known = {one.name: one for one in SETS}
    for name in options.sets:
        if name not in known:
            parser.error(f"{name}: no such set; there are {', '.join(known)}")
    os.makedirs(options.folder, exist_ok=True)
    code = 0
    for name in options.sets or known:
        try:
            get(known[name], options.folder)
        except (Failure, OSError) as error:
            tell(error)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
