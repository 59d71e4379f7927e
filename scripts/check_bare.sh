#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the command without images and audio, and checks that what needs them is refused with the sentence that says
# so, and that everything else is there. Usage: scripts/check_bare.sh
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/bare

scripts/install_dependencies.sh
options=()
for part in IMAGES AUDIO TRAINING TESTS BENCH SHARED; do options+=("-DZIPDREAM_BUILD_$part=OFF"); done
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
  -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "${options[@]}" >/dev/null
cmake --build "$build" --target zipdream >&2

failures=0
complain() {
  echo "check_bare: $1" >&2
  failures=$((failures + 1))
}

works() { "$build/zipdream" "$@" >/dev/null || complain "$*: fails"; }

is_refused() { # PART ARGUMENT...
  local part=$1 said
  shift
  said=$("$build/zipdream" "$@" 2>&1 >/dev/null) && complain "$*: is not refused"
  [[ $said == *"built without $part; install one that was built with ZIPDREAM_BUILD_${part^^}" ]] ||
    complain "$*: says '$said'"
}

text=samples/text.txt
works list
works generate gzip:9 -p "hello hello hel" -n 5 --seed 1 -q
works score png:9 "$text"
works score residual:lpc,format=s16:cm "$text"
works compress -q -c -m residual:med,width=7:cm "$text"
is_refused images score gzip:9 samples/image.png
is_refused images generate gzip:9 -f samples/image.png
is_refused audio score gzip:9 samples/sound.wav
is_refused audio generate gzip:9 -f samples/sound.wav
# The levels of its samples are from what reads audio.
for format in u8 mulaw; do
  is_refused audio score "residual:lpc,format=$format:cm" "$text"
  is_refused audio compress -q -c -m "residual:left,format=$format:gzip:9" "$text"
done

exit $((failures > 0))
