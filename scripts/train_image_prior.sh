#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Learns models/image/prior.bin anew, what the model `image` knows beforehand, from free pictures of Debian's packages
# (scripts/gather_pictures.py): shrunk, coded as JPEG of many qualities or not at all, in gray. Every twelfth picture is
# kept back to validate. Some 25 minutes of one core, and 2 GB of memory. Usage: scripts/train_image_prior.sh PICTURES
# [STEPS]; PICTURES: a folder of pictures, gathered where it isn't there.
set -euo pipefail
pictures=$(realpath -m "${1:?usage: scripts/train_image_prior.sh PICTURES [STEPS]}")
steps=${2:-60000}
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[[ -d $pictures ]] || scripts/gather_pictures.py "$pictures"
# Files of today are of high quality, most of all those that were saved once.
qualities=(98 97 96 96 96 96 95 95 94 92 92 90 90 88 85 80 75 65)
patches() { scripts/picture_patches.py "$pictures" "$@" --mean --keep 0.3 --rough 12 --sides 200 560 --qualities "${qualities[@]}"; }
patches "$work/train" 4000 1 --leave-out 12
patches "$work/validation" 300 2 --only 12
[[ -n ${BUILD:-} ]] || scripts/build.sh release train_image >&2
"$build/train_image" "$work/train" "$work/validation" models/image/prior.bin "$steps"
