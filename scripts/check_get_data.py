#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests get_data.py against a server of its own on this machine: with and without Range, with one that hangs up in
the middle, with damage, and with none at all. Run by ctest. Usage: scripts/check_get_data.py"""
import hashlib
import http.server
import io
import os
import random
import re
import sys
import tarfile
import tempfile
import threading
import unittest
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import get_data  # noqa: E402

CONTENT = random.Random(1).randbytes(200_000)


def zip_of(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inner", content)
    return file.getvalue()


def tar_of(content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("speech/a.flac")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        body = server.body
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        first = int(match[1]) if match and server.knows_range else 0
        if first >= len(body):
            return self.send_error(416)
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(body) - first))
        self.end_headers()
        end = min(len(body), first + server.hangs_up_after)
        self.wfile.write(body[first:end])

    def log_message(self, *_):
        pass


class GetData(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.body = zip_of(CONTENT)
        self.server.knows_range = True
        self.server.hangs_up_after = 1 << 30
        self.server.ranges = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = tempfile.TemporaryDirectory()
        get_data.tell = lambda text: None
        self.one = get_data.Set("set", f"http://127.0.0.1:{self.server.server_port}/x", None, "inner",
                                hashlib.md5(CONTENT).hexdigest(), "test")

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()

    def get(self):
        get_data.get(self.one, self.folder.name, wait=0.01)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def check_whole(self):
        with open(self.path("set"), "rb") as file:
            self.assertEqual(file.read(), CONTENT)
        self.assertEqual(os.listdir(self.folder.name), ["set"])

    def test_gets_and_unpacks(self):
        self.get()
        self.check_whole()
        self.get()
        self.assertEqual(len(self.server.ranges), 1, "what is there is not fetched again")

    def test_goes_on_where_the_last_run_stopped(self):
        with open(self.path("set.part"), "wb") as file:
            file.write(self.server.body[:70_000])
        self.get()
        self.assertEqual(self.server.ranges, ["bytes=70000-"])
        self.check_whole()

    def test_goes_on_when_the_server_hangs_up(self):
        self.server.hangs_up_after = 60_000
        self.get()
        self.assertEqual(self.server.ranges, [None, "bytes=60000-", "bytes=120000-", "bytes=180000-"])
        self.check_whole()

    def test_begins_again_where_the_server_knows_no_range(self):
        self.server.knows_range = False
        with open(self.path("set.part"), "wb") as file:
            file.write(b"x" * 70_000)
        self.get()
        self.check_whole()

    def test_takes_a_part_that_was_whole(self):
        with open(self.path("set.part"), "wb") as file:
            file.write(self.server.body)
        self.get()
        self.check_whole()

    def test_refuses_what_is_something_else(self):
        self.server.body = zip_of(CONTENT[::-1])
        with self.assertRaisesRegex(get_data.Failure, "gave something else"):
            self.get()
        self.assertFalse(os.path.exists(self.path("set")))
        self.server.body = b"<html>no such page</html>"
        os.remove(self.path("set.part"))
        with self.assertRaisesRegex(get_data.Failure, "no whole archive"):
            self.get()
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_unpacks_folders_once_they_are_checked(self):
        self.server.body = tar_of(CONTENT)
        self.one.member = None
        self.one.archive_md5 = hashlib.md5(self.server.body).hexdigest()
        self.get()
        with open(self.path("set/speech/a.flac"), "rb") as file:
            self.assertEqual(file.read(), CONTENT)
        os.rename(self.path("set"), self.path("first"))
        self.one.archive_md5 = "0" * 32
        with self.assertRaisesRegex(get_data.Failure, "gave something else"):
            self.get()
        self.assertFalse(os.path.exists(self.path("set")))

    def test_says_what_to_do_without_a_network(self):
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaisesRegex(get_data.Failure, "with a network run this again.*by hand"):
            self.get()


if __name__ == "__main__":
    unittest.main()
