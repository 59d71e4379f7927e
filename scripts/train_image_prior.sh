#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Learns models/image/gray_prior.bin and rgb_prior.bin anew, what the model `image` knows beforehand, from free pictures
# of Debian's packages (scripts/gather_pictures.py): shrunk, coded as JPEG of many qualities or not at all. Every twelfth
# picture is kept back to validate. Some eight minutes of one core and 3 GB of memory; each 5,000 steps the files are
# written, so that it may be stopped.
# Usage: scripts/train_image_prior.sh PICTURES [FOLDER]; PICTURES: a folder of pictures, which are gathered where it
# isn't there; FOLDER: where the files go [models/image]. With SMALL=1 a fiftieth of the pictures and 200 steps: to see
# that it runs, in a minute; the numbers are of no use.
set -euo pipefail
usage="usage: scripts/train_image_prior.sh PICTURES [FOLDER]"
pictures=$(realpath -m "${1:?$usage}")
out=$(realpath "${2:-$(dirname "$0")/../models/image}")
part=${SMALL:+50}
part=${part:-1}
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[[ -n ${BUILD:-} ]] || scripts/build.sh release train_image >&2
[[ -d $pictures ]] || scripts/gather_pictures.py "$pictures"

patches() { # OUT COUNT SEED --leave-out|--only OPTION...
  scripts/picture_patches.py "$pictures" "$work/$1" $((($2 + part - 1) / part)) "$3" "$4" 12 --rough 12 "${@:5}"
}

# Files of today are of high quality, most of all those that were saved once.
gray=(--mean --keep 0.3 --sides 200 560 --qualities 98 97 96 96 96 96 95 95 94 92 92 90 90 88 85 80 75 65)
patches gray 4500 1 --leave-out "${gray[@]}"
patches gray_held_out 240 2 --only "${gray[@]}"
"$build/train_image" gray "$work/gray" "$work/gray_held_out" "$out/gray_prior.bin" $((part > 1 ? 200 : 100000))

rgb=(--rgb --keep 0.1 --sides 300 900 --qualities 99 98 97 96 95 92 90 85)
patches rgb 700 3 --leave-out "${rgb[@]}"
patches rgb_held_out 40 4 --only "${rgb[@]}"
patches rgb_large 36 6 --leave-out "${rgb[@]}" --keep 0.4 --patch 256 192 --sides 500 1000
"$build/train_image" rgb "$work/rgb" "$work/rgb_held_out" "$out/rgb_prior.bin" $((part > 1 ? 200 : 60000)) \
  "$work/rgb_large" 256 192
