#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the #includes to the walls between the rooms: each room may include the rooms listed for it and nothing
# else of ours, and third-party headers stay in .cc files. Run by ctest. Usage: scripts/check_includes.sh [FOLDER]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

declare -A allowed=(
  [base]="base"
  [imaging]="base imaging"
  [sound]="base sound"
  [codecs]="base imaging sound codecs"
  [generator]="base codecs generator"
  [models]="base sound codecs generator models"
  [container]="base sound codecs generator models container"
  [training]="base sound codecs generator models training"
  [media]="base imaging sound media"
  [experiments]="base imaging sound codecs generator models training container media experiments"
  [cli]="base imaging sound codecs generator models training container media experiments cli"
)
rooms=${!allowed[*]}
third_party='openssl/|zlib|lzma|bzlib|zstd|brotli/|opencv2/|sndfile|samplerate|FLAC/|tbb/|fmt/|CLI/|nlohmann/|utf8|hwy/|torch/'
failures=0

complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

for room in $rooms; do
  [[ -d $room ]] || continue
  while IFS=: read -r file line include; do
    included=$(sed -E 's/.*"([a-z_]+)\/.*/\1/' <<<"$include")
    [[ " ${allowed[$room]} " == *" $included "* ]] ||
      complain "$file:$line: $room may not include $included ($include)"
  done < <(grep -rnE '^#include "' "$room" --include='*.h' --include='*.cc' || true)
  while IFS=: read -r file line include; do
    complain "$file:$line: third-party headers belong in .cc files ($include)"
  done < <(grep -rnE "^#include <($third_party)" "$room" --include='*.h' || true)
done

[[ $failures -eq 0 ]]
