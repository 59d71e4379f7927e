#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks for inputs that break something: every fuzz target (tests/fuzz) for SECONDS, from the inputs that are kept
# in tests/fuzz/corpus, with clang's libFuzzer under ASan and UBSan, on all cores.
# Usage: scripts/fuzz.sh [--keep] [SECONDS [TARGET...]]
# Prints a table of executions, coverage and findings; fails if there is a finding. An input that breaks something is
# left in out/fuzz/TARGET-*: fix what it broke and add a test of its own. --keep puts what reached new code into the
# corpus, as few inputs as reach all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
keep=false
if [[ ${1:-} == --keep ]]; then keep=true; shift; fi
seconds=${1:-60}
shift || true
build=build/fuzz
corpus=tests/fuzz/corpus

targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
  for file in tests/fuzz/targets/*.cc; do targets+=("$(basename "$file" .cc)"); done
fi
if [[ -z ${NO_BUILD:-} ]]; then scripts/build.sh fuzz "${targets[@]/#/fuzz_}" zipdream_opencv >&2; fi
mkdir -p out/fuzz

# An input may take as much memory as the largest windows of decoders, and two minutes: machines may be busy.
fuzz_one() {
  local target=$1 found=out/fuzz/corpus-$1
  mkdir -p "$found"
  "$build/fuzz_$target" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=1500 -malloc_limit_mb=1024 -max_len=8192 \
    -print_final_stats=1 -artifact_prefix="out/fuzz/$target-" "$found" "$corpus/$target" >"out/fuzz/$target.log" 2>&1 &&
    echo 0 >"out/fuzz/$target.exit" || echo 1 >"out/fuzz/$target.exit"
}
export -f fuzz_one
export seconds build corpus
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'fuzz_one {}'

echo "| target | executions | per second | edges | inputs kept | findings |"
echo "|:--|--:|--:|--:|--:|--:|"
failed=0
for target in "${targets[@]}"; do
  log=out/fuzz/$target.log
  findings=$(cat "out/fuzz/$target.exit")
  failed=$((failed + findings))
  if $keep && [[ $findings == 0 ]]; then
    "$build/fuzz_$target" -merge=1 -max_len=8192 "$corpus/$target" "out/fuzz/corpus-$target" >/dev/null 2>&1
  fi
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)
  number() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  echo "| $target | $(number number_of_executed_units) | $(number average_exec_per_sec) | ${edges:-} | $(find "$corpus/$target" -type f | wc -l) | $findings |"
done
exit $((failed > 0))
