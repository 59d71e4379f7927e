#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds zipdream and lets compressors continue a text, an image and a sound. Pictures and sounds are
# written to out/demo/. Takes a minute or two after the first build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release zipdream
PATH="$PWD/build/release:$PATH"
out=out/demo
mkdir -p "$out"

# Shows a command, then runs it.
run() {
  printf '\n\033[1m$ %s\033[0m\n' "$*"
  "$@"
}

text() { run zipdream generate "$@" -n 120 --seed 1 --corpus samples/text.txt -p 'And the keeper climbed the '; }
image() {
  local name=$1
  shift
  run zipdream generate "$@" -f samples/image.png --seed 1 -o "$out/$name.png" --view "$out/$name.view.png"
}
sound() {
  local name=$1
  shift
  run zipdream generate "$@" -f samples/sound.wav --rate 8000 --seconds 0.5 --alphabet seen --seed 1 \
    -o "$out/$name.wav" --view "$out/$name.spectrogram.png"
}

text gzip:9
text bzip2
text xz:0
image image-gzip gzip:9
image image-png png:9 --gray
sound sound-gzip gzip:9
sound sound-flac flac:8

printf '\nPictures and sounds are in %s:\n' "$out"
ls "$out"
