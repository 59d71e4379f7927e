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
targets=(archive arithmetic decompress deflate_lengths image model_folder safetensors search session sound spec tokenizer)
scripts/build.sh asan-ubsan "${targets[@]/#/fuzz_}" archive_test
ctest --preset asan-ubsan -R '^Fuzz\.|Archive|DamagedBlock|Salvage' -E NOT_BUILT --no-tests=error
