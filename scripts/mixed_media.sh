#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains four small transformers of bytes alike, one each on text, gray patches of pictures and samples of speech, and
# one on a third of each, and measures all four on all three beside gzip, PNG and FLAC, on data that none has read:
# docs/paper.md, "Models of other media". Usage: scripts/mixed_media.sh FOLDER
#   FOLDER  holds enwik8 (what may be learnt of it), photos/ (gather_pictures.py), speech.s16 (speech_samples.py says
#           how), and what is measured: held-out/text, held-out/images/*, held-out/speech/*. It gets the rest.
# STEPS=N changes the number of steps [1500]. A run that was stopped goes on where it was. Needs flac and one core.
set -euo pipefail
folder=$(realpath "${1:?usage: scripts/mixed_media.sh FOLDER}")
cd "$(dirname "$0")/.."
steps=${STEPS:-1500}
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release zipdream zipdream_opencv zipdream-train
chunks=1900 # of 2048 bytes, of each medium

learnt=$folder/learnt
if [[ ! -e $learnt ]]; then
  rm -rf "$learnt.unfinished"
  mkdir "$learnt.unfinished"
  head -c $((2048 * chunks)) "$folder/enwik8" >"$learnt.unfinished/text"
  scripts/picture_patches.py "$folder/photos" "$learnt.unfinished/images" "$chunks" --mean --keep 0.1
  scripts/speech_samples.py "$folder/speech.s16" "$learnt.unfinished/samples" 2
  head -c $((2048 * chunks)) "$learnt.unfinished/samples" >"$learnt.unfinished/speech"
  rm "$learnt.unfinished/samples"
  mv "$learnt.unfinished" "$learnt"
fi

# Rows of pixels begin where sequences do.
shape=(--media bytes --align 64 --hidden-size 48 --layers 2 --heads 4 --context-length 512)
course=(--steps "$steps" --batch 4096 --warm-up 200 --final-lr 0.02 --weight-decay 0.1 --held-out 0.01 --seed 1
  --save-interval 250 -t 1)
train() { # NAME FILE...
  local model=$folder/$1
  if [[ -e $model/training.safetensors ]]; then
    "$build/zipdream" train --resume "$model" -t 1
  else
    "$build/zipdream" train "${@:2}" "${shape[@]}" "${course[@]}" -o "$model"
  fi
}
for medium in text images speech; do train "$medium" "$learnt/$medium"; done
train mix "$learnt"/{text,images,speech}

models=("lm:$folder/"{text,images,speech,mix})
rates() { # SHARE DATA
  "$build/zipdream" rates "gzip:9$1" "png:6,filters=no-average$1" "flac:8$1" "${models[@]/%/$1}" --data "$2" \
    --prove 1/40
}
rates "" "text=$folder/held-out/text"
rates @1/10 "imagenet=$folder/held-out/images/*"
rates @1/10 "librispeech=$folder/held-out/speech/*"
