#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Learns models/audio/prior.bin anew, from recordings of LibriSpeech's test-other (speakers 1688, 1998 and 2033) in
# FOLDER: half an hour on one core, and 1.5 GB of memory. apps/bench/train_audio_prior.cc says how. Needs flac.
# Other processors may round otherwise, so the weights need not be the very same.
# Usage: scripts/train_audio_prior.sh FOLDER [OUT]; OUT: the file [models/audio/prior.bin]. With SMALL=1 three
# recordings and 2,000 steps: to see that it runs, in a minute; the numbers are of no use.
set -euo pipefail
folder=$(realpath "${1:?usage: scripts/train_audio_prior.sh FOLDER [OUT]}")
out=$(realpath -m "${2:-$(dirname "$0")/../models/audio/prior.bin}")
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release train_audio_prior
steps=3000000
recordings='*'
if [[ -n ${SMALL:-} ]]; then
  steps=2000
  recordings='*0'
fi

samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
for speaker in 1688 1998 2033; do
  # shellcheck disable=SC2086 # a pattern
  flac -dcs --force-raw-format --endian=little --sign=signed "$folder/$speaker"-$recordings.flac
done >"$samples"
"$build/train_audio_prior" "$out" "$steps" "$samples"
