#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds zipdream and what its commands need, and lets compressors continue a text, an image and a sound. Pictures and
# sounds are written to out/demo/. Takes a minute after the first build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release zipdream
PATH="$PWD/build/release:$PATH"
out=out/demo
mkdir -p "$out"

# Shows a command, then runs it.
run() {
  local shown="" word
  for word in "$@"; do
    [[ $word == *" "* ]] && word="'$word'"
    shown+="$word "
  done
  printf '\n\033[1m$ %s\033[0m\n' "${shown% }"
  "$@"
}

# The right half of every row is generated, rows independent, as in the paper's figures.
image() {
  local name=$1
  shift
  run zipdream generate "$@" -f samples/image.png --seed 1 -o "$out/$name.png" --view "$out/$name.view.png"
}
sound() {
  local name=$1
  shift
  run zipdream generate "$@" -f samples/sound.wav --rate 8000 --seconds 0.3 --alphabet seen --seed 1 \
    -o "$out/$name.wav" --spectrogram "$out/$name.spectrogram.png"
}

image image-gzip gzip:9 --temp 0.5
image image-png png:9 --gray --temp 0.2
sound sound-flac flac:8
sound sound-gzip gzip:9 --temp 0.3
run zipdream predict gzip:9 -p 'the cat sat on the mat, the cat sat on the ' --top 5
for model in gzip:9 xz:1; do
  run zipdream generate "$model" -p 'And the keeper climbed the ' --corpus samples/text.txt \
    --alphabet seen -n 120 --temp 0.5 --seed 1
  echo
done

printf '\nPictures and sounds are in %s:\n' "$out"
ls "$out"
echo
echo "Building what zipdream serve and zipdream train run, and the Python module, where their libraries are"
scripts/build.sh release programs
printf '\nThe playground, one HTML file with the models in it (needs Emscripten), and the server:\n'
echo "  scripts/build_playground.sh && xdg-open build/playground/playground.html"
printf 'A page to play with at http://127.0.0.1:8080, and OpenAI'"'"'s completions API:\n'
echo "  build/release/zipdream serve gzip:9 ppm:6 lm:english"
echo "  curl -s localhost:8080/v1/completions -d '{\"model\": \"gzip:9\", \"prompt\": \"to be or not to be, to \"}'"
