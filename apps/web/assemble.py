#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the playground together: the server's page with its style and scripts, the Worker, and the models, in one file.

Usage: assemble.py CORE.js CORE.wasm OUTPUT.html"""

import base64
import gzip
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "apps/serve/page"
SHARED = ROOT / "experiments/report/page"
MAX_BYTES = 2_500_000

# In the order of apps/serve/CMakeLists.txt, with the Worker in place of the server.
SCRIPTS = [
    SHARED / "base.js",
    SHARED / "heat.js",
    SHARED / "arcs.js",
    ROOT / "apps/web/page_backend.js",
    *(PAGE / name for name in ("text_scores.js", "text_cards.js", "place.js", "going_on.js", "coder.js", "media.js",
                               "playground.js")),
]

MODELS = [
    {"id": "gzip:9", "vocab_size": 256, "about": "gzip by the tables of its coder, summed over all parses"},
    {"id": "ppm:6", "vocab_size": 256, "about": "what followed the last bytes before"},
    {"id": "cm", "vocab_size": 256, "about": "context mixing"},
    {"id": "lm:english-small", "vocab_size": 257, "about": "a small language model that has read English"},
    {"id": "xz:6", "vocab_size": 256, "about": "xz by the probabilities of its coder, summed over all parses"},
    {"id": "gzip:9@lengths", "vocab_size": 256, "about": "gzip by the lengths of its streams, the paper's way"},
    {"id": "image", "vocab_size": 256, "media": ["image"]},
    {"id": "audio", "vocab_size": 256, "media": ["audio"]},
    {"id": "residual:med:gzip:9", "vocab_size": 256, "media": ["image"]},
    {"id": "residual:med:cm", "vocab_size": 256, "media": ["image"]},
    {"id": "residual:lpc:gzip:9", "vocab_size": 256, "media": ["audio"]},
]
ALL_MEDIA = ["text", "image", "audio"]  # that a model of any bytes goes on with
LANGUAGE_MODEL = ROOT / "samples/models/english-small"
SAMPLES = {"rock.png": "image/png", "image.png": "image/png", "sound.wav": "audio/wav"}

POLICY = ("default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; worker-src blob:; "
          "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:")


def in_base64(data):
    return base64.b64encode(data).decode()


def packed(data):
    return in_base64(gzip.compress(data, 9, mtime=0))


def script(content, attributes=""):
    assert "</script" not in content.lower(), "a script would end early"
    return f"<script{attributes}>{content}</script>"


def language_model():
    """Its files one after the other behind a line that names them; of each the even bytes before the odd ones, as
    weights of 16 bits compress better so."""
    files = sorted(path for path in LANGUAGE_MODEL.iterdir() if path.suffix in (".json", ".safetensors"))
    contents = [path.read_bytes() for path in files]
    names = [{"path": f"/models/{LANGUAGE_MODEL.name}/{path.name}", "size": len(content)}
             for path, content in zip(files, contents)]
    return json.dumps(names).encode() + b"\n" + b"".join(content[0::2] + content[1::2] for content in contents)


def assemble(core_js, core_wasm):
    page = (PAGE / "playground.html").read_text()
    style = (SHARED / "style.css").read_text() + (PAGE / "playground.css").read_text()
    samples = {name: {"type": kind, "base64": in_base64((ROOT / "samples" / name).read_bytes())}
               for name, kind in SAMPLES.items()}
    worker = core_js.read_text() + (ROOT / "apps/web/worker.js").read_text()
    models = [{"media": ALL_MEDIA, **model} for model in MODELS]
    scripts = [
        script(json.dumps(models), ' type="application/json" id="models-list"'),
        script(json.dumps(samples), ' type="application/json" id="samples"'),
        script(worker, ' type="text/plain" id="worker"'),
        script(packed(core_wasm.read_bytes()), ' type="text/plain" id="wasm"'),
        script(packed(language_model()), ' type="text/plain" id="model"'),
        script("\n".join(path.read_text() for path in SCRIPTS)),
    ]
    changes = [
        (r'<link rel="stylesheet"[^>]*>', f"<style>\n{style}</style>"),
        (r'<script src="/page/playground.js"></script>', "\n".join(scripts)),
        (r'<meta charset="utf-8">',
         f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        (r'<span id="api">.*?</span>', ""),
    ]
    for pattern, content in changes:
        page, count = re.subn(pattern, lambda _, content=content: content, page)
        assert count == 1, pattern
    return page


def main():
    core_js, core_wasm, output = map(pathlib.Path, sys.argv[1:4])
    page = assemble(core_js, core_wasm).encode()
    if len(page) > MAX_BYTES:
        sys.exit(f"assemble: the page has {len(page):,} bytes, more than {MAX_BYTES:,}")
    output.write_bytes(page)
    print(f"{output}: {len(page):,} bytes")


if __name__ == "__main__":
    main()
