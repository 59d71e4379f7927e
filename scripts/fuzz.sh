#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks for inputs that break something: every fuzz target (tests/fuzz) for SECONDS, from the inputs that are kept in
# tests/fuzz/corpus, with clang's libFuzzer under ASan and UBSan, JOBS targets at a time (one for each core).
# Usage: scripts/fuzz.sh [--keep] [SECONDS [JOBS [TARGET...]]]
# Prints a table of executions, coverage and findings, as docs/security.md has it; fails if there is a finding. An input
# that breaks something is left in out/fuzz/TARGET-*: fix what it broke and add a test of its own. What a run found is
# in out/fuzz/corpus-TARGET, where the next one begins; --keep leaves in tests/fuzz/corpus as few inputs as reach all
# code that either reaches, and those that have a name.
# A target's own options of libFuzzer stand in its source, in a line "// libFuzzer: OPTIONS".
set -euo pipefail
cd "$(dirname "$0")/.."
keep=false
if [[ ${1:-} == --keep ]]; then keep=true; shift; fi
seconds=${1:-60}
jobs=${2:-$(nproc)}
shift $(($# < 2 ? $# : 2))
build=build/fuzz
corpus=tests/fuzz/corpus

targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
  for file in tests/fuzz/targets/*.cc; do targets+=("$(basename "$file" .cc)"); done
fi
if [[ -z ${NO_BUILD:-} ]]; then scripts/build.sh fuzz "${targets[@]/#/fuzz_}" zipdream_opencv >&2; fi
mkdir -p out/fuzz

# Freed memory is used again soon, as fresh pages of the system's cost more than what is done with them.
export ASAN_OPTIONS=intercept_tls_get_addr=0:quarantine_size_mb=8:malloc_context_size=8

# REQUIRES: no input is longer than the -max_len there, which would cut it short.
options_of() { sed -n 's|^// libFuzzer: ||p' "tests/fuzz/targets/$1.cc"; }

# An input may take as much memory as the largest windows of decoders, and two minutes: machines may be busy. Inputs
# that are quick are tried more often.
fuzz_one() {
  local target=$1 found=out/fuzz/corpus-$1 options
  mkdir -p "$found"
  read -ra options < <(options_of "$target")
  rm -f "out/fuzz/$target.log"
  "$build/fuzz_$target" "${options[@]}" -max_total_time="$seconds" -timeout=120 -rss_limit_mb=1500 \
    -malloc_limit_mb=1024 -entropic_scale_per_exec_time=1 -print_final_stats=1 -artifact_prefix="out/fuzz/$target-" \
    "$found" "$corpus/$target" >"out/fuzz/$target.log" 2>&1 &&
    echo 0 >"out/fuzz/$target.exit" || echo 1 >"out/fuzz/$target.exit"
}
export -f fuzz_one options_of
export seconds build corpus
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'fuzz_one {}'

# Beside the inputs that have a name, and no checksum for one, which are somebody's: the fewest that libFuzzer finds to
# reach all edges that all small inputs reach; of those that reach the same, the smallest. A repository is no place for
# large ones.
keep_inputs() {
  local target=$1 kept=out/fuzz/kept-$1 small=out/fuzz/small-$1
  rm -rf "$kept" "$small"
  cp -r "$corpus/$target" "$kept"
  find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
  mkdir "$small"
  find "$corpus/$target" "out/fuzz/corpus-$target" -type f -size -2500c -exec cp {} "$small" \;
  "$build/fuzz_$target" -set_cover_merge=1 -use_counters=0 "$kept" "$small" >"out/fuzz/$target.merge" 2>&1
  rm -r "${corpus:?}/$target" "$small"
  mv "$kept" "$corpus/$target"
}

echo "| target | executions | per second | edges | inputs kept | findings |"
echo "|:--|--:|--:|--:|--:|--:|"
failed=0 all_executions=0 all_inputs=0
for target in "${targets[@]}"; do
  log=out/fuzz/$target.log
  findings=$(cat "out/fuzz/$target.exit")
  if $keep && [[ $findings == 0 ]]; then keep_inputs "$target"; fi
  edges=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)
  number() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  executions=$(number number_of_executed_units)
  inputs=$(find "$corpus/$target" -type f | wc -l)
  echo "| $target | ${executions:-} | $(number average_exec_per_sec) | ${edges:-} | $inputs | $findings |"
  failed=$((failed + findings)) all_inputs=$((all_inputs + inputs))
  all_executions=$((all_executions + ${executions:-0}))
done
echo "| all | $all_executions | | | $all_inputs | $failed |"
exit $((failed > 0))
