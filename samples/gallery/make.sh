#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes this gallery anew: runs every command below and writes README.md around what they print.
# Usage: samples/gallery/make.sh (from anywhere; takes a few minutes)
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/build.sh release zipdream
PATH="$PWD/build/release:$PATH"
gallery=samples/gallery
page=$gallery/README.md

say() { printf '%s\n' "$@" >>"$page"; }

# text CAPTION ARGUMENTS...: a text and what the command prints after it.
text() {
  local caption=$1
  shift
  say "" "**$caption**" "" '```' "\$ zipdream generate $* --no-prompt"
  zipdream generate "$@" --no-prompt --quiet | tr -c '[:print:]\n' '?' >>"$page"
  say "" '```'
}

# picture CAPTION NAME ARGUMENTS...: an image or sound, and the picture of it.
picture() {
  local caption=$1 name=$2
  shift 2
  say "" "**$caption**" "" '```' "\$ zipdream generate $* --view $gallery/$name" '```' "" "![$caption]($name)"
  zipdream generate "$@" --view "$gallery/$name"
  rm -f out.png out.wav
}

cat >"$page" <<'EOF'
# Gallery

What codecs make of the samples one folder up. Each output stands below the exact command that made it, run
from the root of the repository; `samples/gallery/make.sh` makes all of them anew. The text ends in the middle
of a sentence, "And the keeper climbed the stairs, lit the lamp, rang the bell and", and what
is shown is what follows.

## Text
EOF

prompt=(-f samples/text.txt --seed 1 -n 160)
text "gzip by whole bytes: the paper's law" gzip:9 "${prompt[@]}" --units bytes
text "gzip by exact bits" gzip:9 "${prompt[@]}"
text "gzip by exact bits, cooler: it copies, loses the thread, copies again" gzip:9 "${prompt[@]}" --temp 0.5
text "xz, which knows its lengths in whole bytes" xz:1 "${prompt[@]}" --alphabet seen
text "zstd, in whole bytes as well" zstd:3 "${prompt[@]}" --alphabet seen
text "bzip2: one more byte moves its lengths by tens of bits for reasons that are not the byte's" bzip2 "${prompt[@]}" --alphabet seen
text "brotli: its built-in dictionary shows" brotli:11 "${prompt[@]}" --alphabet seen

say "" "## Image" "" \
  "As in the paper the left half of each row is given, and the rows know nothing of each other."
image=(-f samples/image.png --seed 1)
picture "gzip sees that the street repeats, though not in every row" image-gzip.png gzip:9 "${image[@]}" --temp 0.5 -o out.png
picture "zstd needs longer repetitions" image-zstd.png zstd:19 "${image[@]}" --gray --temp 0.3 -o out.png
picture "PNG, on bytes folded into a square as in the paper, loses the thread after some pixels" image-png.png png:9 "${image[@]}" --gray --temp 0.2 -o out.png

say "" "## Sound" "" \
  "Two and a half seconds of a plucked tune at 8 kHz, and what comes next."
sound=(-f samples/sound.wav --rate 8000 --seconds 0.3 --alphabet seen --seed 1)
picture "FLAC keeps the pitch for a while: its linear prediction is a model of sound" sound-flac.png flac:8 "${sound[@]}" -o out.wav
picture "gzip finds no repetition that it could go on with, and hisses" sound-gzip.png gzip:9 "${sound[@]}" --temp 0.3 -o out.wav

say "" "## Dreams" "" \
  "Random bits go into the codec's own decoder, which stands where the sample ended."
picture "PNG dreams: residuals by the Huffman codes of the rows above, each row under a filter that they used; rare literals leave edges, and the filters draw them on to the right and down" image-png-dream.png png:9 -f samples/rock.png --given top --method dream --seed 1 -o out.png
picture "FLAC dreams: predictors and Rice parameters of the tune's frames, residuals of random bits" sound-flac-dream.png flac:8 -f samples/sound.wav --rate 8000 --seconds 2.5 --method dream --seed 1 -o out.wav
