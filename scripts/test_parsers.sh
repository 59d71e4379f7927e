#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Replays the fuzz corpora, and runs the tests of archives, under AddressSanitizer, UndefinedBehaviorSanitizer and
# -D_GLIBCXX_ASSERTIONS: all that reads bytes of others. Left out, aloud, where no program runs under them: some kernels
# place memory where they can't.
set -euo pipefail
cd "$(dirname "$0")/.."

probe=$(mktemp)
trap 'rm -f "$probe"' EXIT
if ! { echo 'int main() { return 0; }' | g++ -x c++ -fsanitize=address,undefined - -o "$probe" && "$probe"; }; then
  echo "test_parsers: LEFT OUT, no program runs under the sanitizers here" >&2
  exit 0
fi
targets=()
for file in tests/fuzz/targets/*.cc; do targets+=("fuzz_$(basename "$file" .cc)"); done
scripts/build.sh asan-ubsan "${targets[@]}" archive_test
# Leaks are looked for, with intercept_tls_get_addr=0 (CMakePresets.json): without it LeakSanitizer died in every other
# run that had loaded OpenCV's module into a process with threads. GCC 12's libsanitizer takes a thread's storage for one
# library (a block of malloc's, which is ASan's) that begins 16 bytes behind a page for one that glibc 2.19 made, and
# follows ASan's own header before it as if it were address and size of that block. Storage of threads that belongs to
# the program itself is looked at as ever; what only a loaded library's storage points to would be called a leak.
ctest --preset asan-ubsan -R '^Fuzz\.|Archive|DamagedBlock|Salvage' -E NOT_BUILT --no-tests=error
