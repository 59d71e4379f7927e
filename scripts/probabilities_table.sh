#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How well each codec predicts the next byte, by its code lengths and by its coder tables, beside what the codec itself
# spends, as one table in Markdown (apps/bench/log_loss.cc says what its columns are).
# Usage: scripts/probabilities_table.sh FILE [SECONDS [POSITIONS]]
# SECONDS of CPU time for each row, 10 by default: a quarter of an hour on two cores. POSITIONS at most, 2000 by
# default; slow predictors get fewer, the slowest none. A FILE of two megabytes or more fills all rows.
set -euo pipefail
file=$(realpath "${1:?usage: scripts/probabilities_table.sh FILE [SECONDS [POSITIONS]]}")
seconds=${2:-10}
positions=${3:-2000}
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release log_loss >&2

# Not 256 KB and 1 MB to the byte: at a multiple of 128 KB zstd begins a new block, and from 256 KB on it sets its
# options otherwise, so a byte more there says nothing about bytes.
contexts=2048,30720,250000,1000000
short_contexts=2048,30720 # for codecs of pictures and sounds, which have no use for long texts

models=() pictures_and_sounds=()
for probs in bytes bits tables; do
  for codec in gzip:1 gzip:6 gzip:9 xz:1 xz:6 zstd:3 zstd:19 bzip2:9; do models+=("$codec/$probs"); done
  for codec in png flac; do pictures_and_sounds+=("$codec/$probs"); done
done
models+=(ppm:6 cm) # no codecs: what is left to gain

"$build/log_loss" --markdown --seconds "$seconds" "$file" "$contexts" "$positions" "${models[@]}"
"$build/log_loss" --markdown --seconds "$seconds" "$file" "$short_contexts" "$positions" \
  "${pictures_and_sounds[@]}" | tail -n +3 # without the head of the table
