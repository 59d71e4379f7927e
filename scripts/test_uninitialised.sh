#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks for reads of memory that nobody wrote, in what parses bytes of others: replays the fuzz targets' inputs under
# Valgrind's memcheck. (MemorySanitizer takes a standard library that was built with it, which Debian has not.)
# Usage: scripts/test_uninitialised.sh [BUILD_FOLDER [TARGET...]]; what fuzzers found (out/fuzz) is replayed too.
# Prints a table of inputs and findings, as docs/security.md has it; fails if there is a finding.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
shift $(($# > 0))
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
  # Searches and sessions compute from bytes that others have parsed, and would take hours.
  for file in tests/fuzz/targets/*.cc; do
    target=$(basename "$file" .cc)
    [[ $target == search || $target == session ]] || targets+=("$target")
  done
fi
command -v valgrind >/dev/null || apt-get install -y -qq --no-install-recommends valgrind >&2
[[ $build != build/release ]] || scripts/build.sh release "${targets[@]/#/fuzz_}" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# glibc's loader compares paths by vectors that read behind their ends, within what it has allocated.
cat >"$work/loader.supp" <<'END'
{
   the loader of shared libraries
   Memcheck:Addr8
   fun:strncmp
   fun:is_dst
   ...
}
END
echo "| target | inputs | findings |"
echo "|:--|--:|--:|"
failed=0 all=0
for target in "${targets[@]}"; do
  folders=("tests/fuzz/corpus/$target")
  [[ ! -d out/fuzz/corpus-$target ]] || folders+=("out/fuzz/corpus-$target")
  inputs=$(find "${folders[@]}" -type f | wc -l)
  findings=0
  if ! valgrind -q --error-exitcode=99 --partial-loads-ok=yes --track-origins=yes \
    --suppressions="$work/loader.supp" \
    "$build/fuzz_$target" "${folders[@]}" >"$work/log" 2>&1; then
    findings=$(grep -cE '^==[0-9]+== [A-Z]' "$work/log" || true)
    cat "$work/log" >&2
    failed=1
  fi
  echo "| $target | $inputs | $findings |"
  all=$((all + inputs))
done
echo "| all | $all | |"
exit $failed
