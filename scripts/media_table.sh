#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How well models predict images or audio, as a table in Markdown: of images the right half of each row, of audio half a
# second (apps/bench/media_rates.cc says how). Usage: scripts/media_table.sh image|sound FILE...
# Ten files take two cores some minutes, most of them for xz.
set -euo pipefail
kind=${1:?usage: scripts/media_table.sh image|sound FILE...}
shift
files=()
for file in "$@"; do files+=("$(realpath "$file")"); done
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release media_rates zipdream_opencv >&2

case $kind in
  image) predictors=(left paeth med) own=(png:9 webp:6) ;;
  sound) predictors=(left lpc) own=(flac:8 audio:off audio) ;;
  *) echo "media_table: $kind is neither image nor sound" >&2; exit 2 ;;
esac
best=${predictors[-1]}
models=(gzip:9)
for predictor in "${predictors[@]}"; do models+=("residual:$predictor:gzip:9"); done
for model in ppm:6 cm; do models+=("$model" "residual:$best:$model"); done
models+=("${own[@]}")
for model in zstd:19 xz:6; do models+=("$model" "residual:$best:$model"); done
"$build/media_rates" "$kind" "${models[@]}" -- "${files[@]}"
