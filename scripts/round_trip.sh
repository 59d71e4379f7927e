#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compresses files with models and gets them back, on one thread and on two, and prints what each took, as one table in
# Markdown beside xz and bzip2 in the same run. Usage: scripts/round_trip.sh "MODEL..." FILE...
# Fails at the first archive that differs between one thread and two, and at the first file that comes back changed.
# MB/s are of processor time, on one thread.
set -euo pipefail
models=${1:?usage: scripts/round_trip.sh "MODEL..." FILE...}
shift
files=()
for file in "$@"; do files+=("$(realpath "$file")"); done
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release zipdream >&2
zipdream=$PWD/$build/zipdream
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a command and adds its processor time to the seconds in file $1.
timed() {
  local sum=$1 times
  shift
  times=$({ TIMEFORMAT='%U %S'; time "$@"; } 2>&1 >/dev/null)
  echo "$times" >>"$sum"
}

check_zipdream() { # MODEL FILE
  timed "$work/in" "$zipdream" compress -q -f -m "$1" -T1 -o "$work/one.zd" "$2"
  "$zipdream" compress -q -f -m "$1" -B 256K -T1 -o "$work/blocks1.zd" "$2"
  "$zipdream" compress -q -f -m "$1" -B 256K -T2 -o "$work/blocks2.zd" "$2"
  cmp "$work/blocks1.zd" "$work/blocks2.zd"
  timed "$work/out" "$zipdream" decompress -q -f -T1 -o "$work/back" "$work/one.zd"
  cmp "$work/back" "$2"
  "$zipdream" decompress -q -f -T2 -o "$work/back" "$work/blocks2.zd"
  cmp "$work/back" "$2"
}

check_tool() { # TOOL FILE
  timed "$work/in" sh -c "$1 -9 -c <'$2' >'$work/one.zd'"
  timed "$work/out" sh -c "$1 -d -c <'$work/one.zd' >'$work/back'"
  cmp "$work/back" "$2"
}

row() { # NAME CHECK
  local raw=0 coded=0 file
  : >"$work/in" && : >"$work/out"
  for file in "${files[@]}"; do
    "$2" "$1" "$file"
    raw=$((raw + $(stat -c %s "$file")))
    coded=$((coded + $(stat -c %s "$work/one.zd")))
  done
  awk -v name="$1" -v raw="$raw" -v coded="$coded" -v files="${#files[@]}" '
    { seconds[FILENAME] += $1 + $2; names[n[FILENAME]++] = FILENAME }
    END {
      speed_in = raw / 1e6 / (seconds[ARGV[1]] + 1e-9); speed_out = raw / 1e6 / (seconds[ARGV[2]] + 1e-9)
      percent = raw ? 100 * coded / raw : 0
      printf "| %s | %d | %d | %d | %.2f %% | %.2f | %.2f |\n", name, files, raw, coded, percent, speed_in, speed_out
    }' "$work/in" "$work/out"
}

echo "| model | files | bytes | coded | rate | MB/s in | MB/s back |"
echo "|:--|--:|--:|--:|--:|--:|--:|"
for model in $models; do row "$model" check_zipdream; done
for tool in xz bzip2; do row "$tool" check_tool; done
