#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A table of files by context mixing and its neighbours: bytes of all files, each compressed alone, and seconds of
# processor time, in one run. Compressors that are not installed are left out (apt-get install zpaq p7zip-full).
# Usage: scripts/text_table.sh FILE...; BUILD names the build folder, build/release if it is not set.
set -euo pipefail
zipdream=${BUILD:-$(dirname "$0")/../build/release}/zipdream
[[ $# -gt 0 ]] || { echo "usage: scripts/text_table.sh FILE..." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

declare -A commands=(
  [cm:0]='"$zipdream" compress -q -f -T 1 -m cm:0 "$file" -o "$out"'
  [cm]='"$zipdream" compress -q -f -T 1 -m cm "$file" -o "$out"'
  [cm:9]='"$zipdream" compress -q -f -T 1 -m cm:9 "$file" -o "$out"'
  [ppm:6]='"$zipdream" compress -q -f -T 1 -m ppm:6 "$file" -o "$out"'
  [xz -9e]='xz -9e -T 1 -c "$file" >"$out"'
  [7z PPMd]='7z a -bd -m0=PPMd:o=8:mem=256m "$out" "$file" >/dev/null'
  [zpaq -m5]='zpaq a "$out" "$file" -m5 -t1 >/dev/null 2>&1'
)

echo "| compressor | bytes | seconds of processor time |"
echo "|---|--:|--:|"
for name in cm:0 cm cm:9 ppm:6 "xz -9e" "7z PPMd" "zpaq -m5"; do
  case $name in
    xz*|7z*|zpaq*) command -v "${name%% *}" >/dev/null || continue ;;
  esac
  bytes=0
  TIMEFORMAT='%U %S'
  times=$( { time for file in "$@"; do
    out=$work/out.${name%% *}
    rm -f "$out"
    eval "${commands[$name]}"
    stat -c %s "$out" >>"$work/sizes"
  done; } 2>&1)
  bytes=$(awk '{ sum += $1 } END { print sum }' "$work/sizes")
  rm "$work/sizes"
  awk -v name="$name" -v bytes="$bytes" '{ printf "| %s | %d | %.1f |\n", name, bytes, $1 + $2 }' <<<"$times"
done
