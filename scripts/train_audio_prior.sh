#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Learns models/audio/prior.bin anew, from recordings of LibriSpeech's test-other (speakers 1688, 1998 and 2033) in
# FOLDER: half an hour on one core, and 1.5 GB of memory. apps/bench/train_audio_prior.cc says how. Needs flac.
# Other processors may round otherwise, so the weights need not be the very same.
# Usage: scripts/train_audio_prior.sh FOLDER [STEPS]
set -euo pipefail
folder=$(realpath "${1:?usage: scripts/train_audio_prior.sh FOLDER [STEPS]}")
steps=${2:-3000000}
cd "$(dirname "$0")/.."
scripts/build.sh release train_audio_prior

samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
for speaker in 1688 1998 2033; do
  flac -dcs --force-raw-format --endian=little --sign=signed "$folder/$speaker"-*.flac
done >"$samples"
build/release/train_audio_prior models/audio/prior.bin "$steps" "$samples"
