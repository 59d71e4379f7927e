#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes this gallery anew: runs every command below and writes README.md around what they print.
# Usage: samples/gallery/make.sh (from anywhere; takes a few minutes). Needs Debian's netpbm and pngquant.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v pamscale >/dev/null || ! command -v pngquant >/dev/null; then
  echo "make.sh: apt-get install netpbm pngquant, which make the pictures small" >&2
  exit 1
fi
scripts/build.sh release zipdream zipdream_opencv
PATH="$PWD/build/release:$PATH"
gallery=samples/gallery
page=$gallery/README.md

say() { printf '%s\n' "$@" >>"$page"; }

# Lines of the page have at most 120 columns.
caption_lines() { fold -s -w 116 <<<"**$1**" | sed 's/ $//'; }
command_lines() { # a flag stays with its value
  sed -E 's/ (-[^ ]*) ([^-])/ \1\x01\2/g' <<<"\$ zipdream generate $*" | fold -s -w 112 |
    sed -e 's/\x01/ /g' -e '$!s/ $/ \\/' -e '2,$s/^/    /'
}

# text CAPTION ARGUMENTS...: a text and what the command prints after it.
text() {
  local caption=$1
  shift
  say "" "$(caption_lines "$caption")" "" '```' "$(command_lines "$@" --no-prompt)"
  zipdream generate "$@" --no-prompt --quiet | tr -c '[:print:]\n' '?' | sed -E 's/(.{112})(.{5})/\1↩\n\2/g' >>"$page"
  say "" '```'
}

# A repository is no place for spectrograms of a megabyte each: a picture of more than 150 KB loses half of its width
# and height and all but 128 colours.
shrink() { # FILE [BYTES]
  while [[ $(stat -c %s "$1") -gt ${2:-150000} ]]; do
    pngtopnm "$1" | pamscale -quiet -reduce 2 -filter=box | pnmtopng -quiet |
      pngquant --nofs --speed 1 --strip 128 - >"$1.small"
    mv "$1.small" "$1"
  done
}

# picture CAPTION NAME ARGUMENTS...: an image or audio, and the picture of it, which is called what stands before the
# caption's first colon.
picture() {
  local caption=$1 name=$2
  shift 2
  say "" "$(caption_lines "$caption")" "" '```' "$(command_lines "$@" --view "$gallery/$name")" '```' "" \
    "![${caption%%:*}]($name)"
  zipdream generate "$@" --view "$gallery/$name" --force
  shrink "$gallery/$name"
  rm -f out.png out.wav
}

# sound CAPTION NAME ARGUMENTS...: likewise audio, with the sound itself beside its spectrogram.
sound() {
  local caption=$1 name=$2
  shift 2
  say "" "$(caption_lines "$caption")" "" '```' \
    "$(command_lines "$@" -o "$gallery/$name.wav" --view "$gallery/$name.png")" '```' "" \
    "![${caption%%:*}]($name.png)" "" \
    "<audio controls src=\"$name.wav\"><a href=\"$name.wav\">$name.wav</a></audio>"
  zipdream generate "$@" -o "$gallery/$name.wav" --view "$gallery/$name.png" --force
  shrink "$gallery/$name.png" 50000
}

# mosaic OUT A B C D: four views in two rows, at half their size.
mosaic() {
  local out=$1 work
  shift
  work=$(mktemp -d)
  for view; do pngtopnm "$gallery/$view" | ppmtoppm >"$work/$view.ppm"; done
  pnmcat -tb <(pnmcat -lr "$work/$1.ppm" "$work/$2.ppm") <(pnmcat -lr "$work/$3.ppm" "$work/$4.ppm") |
    pamscale -quiet -reduce 2 -filter=box | pnmtopng -quiet | pngquant --nofs --speed 1 --strip 128 - >"$gallery/$out"
  rm -r "$work"
}

cat >"$page" <<'EOF'
# Gallery

What codecs make of the samples one folder up. Each output stands below the exact command that made it, run from the
root of the repository; `samples/gallery/make.sh` makes all of them anew. The text ends in the middle of a sentence,
"And the keeper climbed the stairs, lit the lamp, rang the bell and", and what is shown is what follows; ↩ breaks a line
that is too long for this page.

- [One context, many ways](shakespeare.md): 200 KB of Shakespeare, continued by fourteen models and methods, with
  metrics.
- [Language models beside gzip](language_models.md): three prompts of 2 KB or less, continued by gzip, cm and language
  models.

The terms are explained in the [glossary](../../docs/glossary.md).

## Text
EOF

prompt=(-f samples/text.txt --seed 1 -n 160)
text "gzip by lengths in whole bytes, the paper's method" gzip:9 "${prompt[@]}" --units bytes
text "gzip by lengths in bits" gzip:9 "${prompt[@]}" --probs lengths
text "gzip by its tables: a text that repeats itself as this one does it goes on copying" gzip:9 "${prompt[@]}"
text "gzip's decoder, fed with random bits" gzip:9 "${prompt[@]}" --method dream
text "xz by its tables: likewise a copy" xz:6 "${prompt[@]}"
text "xz's decoder, fed with random bits" xz:6 "${prompt[@]}" --method dream
text "zstd by its tables" zstd:19 "${prompt[@]}"
text "bzip2 by lengths: one more byte moves them by tens of bits for reasons that are not the byte's" \
  bzip2 "${prompt[@]}" --probs lengths --alphabet seen
text "bzip2 by its tables" bzip2 "${prompt[@]}"
text "brotli, which is read by lengths alone: its built-in dictionary shows" brotli:11 "${prompt[@]}" --alphabet seen
text "ppm, which was made to predict" ppm:6 "${prompt[@]}"
text "The bundled language model, which has read an encyclopedia and manuals" lm:english-small "${prompt[@]}"

say "" "## Image" "" \
  "As in the paper the left half of each row is the prompt, and the rows know nothing of each other."
image=(-f samples/image.png --seed 1)
picture "gzip by lengths: noise with a few repeated pixels" image-gzip-length.png \
  gzip:9 "${image[@]}" --probs lengths -o out.png
picture "gzip by its tables: runs, and colours of the row" image-gzip-tables.png gzip:9 "${image[@]}" -o out.png
picture "gzip by its tables, cooler: it sees that the street repeats" image-gzip.png \
  gzip:9 "${image[@]}" --temp 0.5 -o out.png
picture "ppm, on gray pixels" image-ppm.png ppm:6 "${image[@]}" --gray -o out.png
picture "PNG by its tables, after the top half: smooth for some rows, until rare residuals leave edges that the \
filters draw on" image-png.png png:9 -f samples/rock.png --prompt-side top --temp 0.8 --seed 1 -o out.png

say "" "With \`--rows joint\` a row follows all rows above it, both halves of them; PNG then knows what lies above a" \
  "pixel, and \`residual:med:\` hands any model the residuals of JPEG-LS's median predictor."
joint=(-f samples/rock.png --rows joint --temp 0.9 --seed 1)
picture "gzip, rows joint: it repeats pixels of rows above, at the wrong places" joint-gzip.png \
  gzip:9 "${joint[@]}" -o out.png
picture "gzip on residuals of the median predictor: smooth as rock, until a rare residual leaves an edge" \
  joint-med-gzip.png residual:med:gzip:9 "${joint[@]}" -o out.png
picture "xz on residuals of the median predictor: likewise; what grows beyond white comes out black, for residuals \
count modulo 256" joint-med-xz.png residual:med:xz:6 "${joint[@]}" -o out.png
picture "PNG in two dimensions: whole rows follow one filter, so that an edge goes to the end of its row" \
  joint-png.png png:9 "${joint[@]}" -o out.png
picture "cm, rows joint: it has found out how long a row is" joint-cm.png cm "${joint[@]}" -o out.png
picture "The bundled language model on pixels: it takes them for text and goes on with letters, which are a dark \
gray; bytes of UTF-8 are the light ones" joint-lm.png lm:english-small "${joint[@]}" --gray -o out.png
picture "cm on residuals of the median predictor: clouds go on from where the left half ends; beyond white comes \
black" joint-med-cm.png residual:med:cm "${joint[@]}" -o out.png

say "" "### A lake" "" \
  "A scene of our own (\`samples/make_samples.py\` renders it), with what photographs have: edges, textures, grain."
lake=(-f samples/lake.png --seed 1)
picture "gzip by lengths in whole bytes, row by row, the paper's method: noise of each row's own brightness" \
  lake-gzip.png gzip:9 "${lake[@]}" --probs lengths --units bytes -o out.png
lake+=(--rows joint)
picture "PNG on the lake: rows under one filter" lake-png.png png:9 "${lake[@]}" --temp 0.9 -o out.png
picture "cm on residuals of the median predictor, on the lake: blocks" lake-med-cm.png \
  residual:med:cm "${lake[@]}" --temp 0.9 -o out.png
picture "The model of pixels: slopes and clouds that go on where the left half ends, painted with a broad brush; the \
far shore is lost" lake-image.png image "${lake[@]}" --temp 0.95 -o out.png
picture "The model of pixels, cooler: smoother" lake-image-cool.png image "${lake[@]}" --temp 0.9 -o out.png
picture "A small transformer trained on pixels: it sees no further than the row, and keeps each row's brightness" \
  lake-pixels.png lm:pixels "${lake[@]}" --temp 0.9 -o out.png
mosaic lake.png lake-gzip.png lake-png.png lake-med-cm.png lake-image.png

say "" "### From coarse to fine, and colder where it is unsure" "" \
  "In the order of a pyramid a small version comes first, then its doublings, so that the whole right half is laid" \
  "out before there is any grain. Two temperatures keep a picture that goes on row by row together: one for where the" \
  "model is sure and one for where it is at a loss."
picture "From coarse to fine: the far shore goes on into mist, above the water as in it; single dark pixels are \
speckles" lake-pyramid.png image:order=pyramid "${lake[@]}" --temp 0.9 -o out.png
picture "Row by row, colder where it is unsure: grain and softer strokes, and still a bright bar at the edge" \
  lake-two.png image "${lake[@]}" --temp 1:0.8 -o out.png

say "" "## Audio" "" \
  "Two and a half seconds of a plucked tune at 8 kHz, and what comes next."
sound=(-f samples/sound.wav --rate 8000 --seconds 0.6 --seed 1)
picture "FLAC by its tables: noise in the register of the tune, whose notes are lost within a tenth of a second" \
  sound-flac.png flac:8 "${sound[@]}" -o out.wav
picture "gzip by its tables: nothing repeats to the byte, so it draws literals, which hiss" sound-gzip.png \
  gzip:9 "${sound[@]}" -o out.wav
picture "gzip by lengths: it finds short repetitions, and buzzes" sound-gzip-length.png \
  gzip:9 "${sound[@]}" --probs lengths --alphabet seen -o out.wav

picture "gzip on residuals of a linear prediction: the chord goes on for a tenth of a second, then a rare \
residual drives it into noise" sound-lpc-gzip.png residual:lpc:gzip:9 "${sound[@]}" -o out.wav
picture "xz on residuals of a linear prediction: it is fitted to the last samples as it goes" sound-lpc-xz.png \
  residual:lpc:xz:6 "${sound[@]}" -o out.wav
picture "cm: it finds the notes again and plays them" sound-cm.png cm "${sound[@]}" -o out.wav
picture "cm on residuals of a linear prediction: it rings where the tune does, between two crashes" sound-lpc-cm.png \
  residual:lpc:cm "${sound[@]}" -o out.wav
picture "The model of sound: the chord goes on for a tenth of a second, then a predictor that learns from its own \
samples runs off into noise" sound-audio.png audio "${sound[@]}" -o out.wav
picture "The model of sound, steady: the bands of the tune go on, and notes in them" sound-audio-steady.png \
  audio:steady=on "${sound[@]}" -o out.wav
picture "The bundled language model on samples: it has seen none yet, so letters, played as samples, hiss" \
  sound-lm.png lm:english-small "${sound[@]}" -o out.wav

say "" "### To listen to" "" \
  "What a browser plays: two seconds of our own tune, or 1.7 seconds of speech, and what comes next. The speech is" \
  "2414-128291-0003 of [LibriSpeech](https://www.openslr.org/12) (V. Panayotov and others, ICASSP 2015)," \
  "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), cut and brought to 8 bits: [speech.wav](speech.wav)."
tune=(-f samples/sound.wav --rate 8000 --prompt-seconds 2 --seconds 1 --seed 1)
speech=(-f samples/gallery/speech.wav --seconds 0.65 --seed 1)
sound "The tune by FLAC: noise" tune-flac flac:8 "${tune[@]}"
sound "The tune by cm on residuals of a linear prediction: two notes held through crashes" tune-lpc-cm \
  residual:lpc:cm "${tune[@]}"
sound "The tune by the model of sound, steady: the last note rings on" tune-steady audio:steady=on "${tune[@]}"
sound "Speech by FLAC: noise" speech-flac flac:8 "${speech[@]}"
sound "Speech by cm on residuals of a linear prediction: noise with bands" speech-lpc-cm residual:lpc:cm "${speech[@]}"
sound "Speech by the model of sound, a little colder: the vowel dies away into silence" speech-audio audio \
  "${speech[@]}" --temp 0.85
sound "Speech by the model of sound, steady: a hum at the pitch of the last vowel, and its breath" speech-steady \
  audio:steady=on "${speech[@]}"

say "" "## Decoder sampling" "" \
  "Random bits go into the codec's own decoder, which stands where the sample ended (\`--method dream\`)."
picture "PNG by decoder sampling: residuals by the Huffman codes of the rows above, each row under a filter that they \
used; rare literals leave edges, and the filters draw them on to the right and down" image-png-dream.png \
  png:9 -f samples/rock.png --prompt-side top --method dream --seed 1 -o out.png
picture "FLAC by decoder sampling: predictors and Rice parameters of the tune's frames, residuals of random bits; they \
hum near 350 Hz, where the tune is loudest, and waver" sound-flac-dream.png \
  flac:8 -f samples/sound.wav --rate 8000 --seconds 2.5 --method dream --seed 1 -o out.wav
