#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything there is to check, for before a release: what .ci/run does, all tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, those with threads under ThreadSanitizer, DEFLATE's lengths against zlib's, signals and
# full disks, every fuzzer for a minute, the whole determinism matrix with its builds by both compilers, a build without
# images and audio, the pages and the playground in a browser, the notebooks, the site of docs/ and what its
# guides show, packages in a fresh system, and functions that only tests call. Some four hours on two cores. Goes on
# after a failure, and names what failed at the end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

failed=()
step() {
  echo "== minute $((SECONDS / 60)): $*" >&2
  "$@" || failed+=("$*")
}

step .ci/run
step scripts/lint.sh --all
step scripts/test.sh asan-ubsan
step env BUILD=build/asan-ubsan scripts/differential.sh 100000 1 1000
step scripts/test_threads.sh
step scripts/test_uninitialised.sh
step scripts/differential.sh
step scripts/faults.py --runs 20
step scripts/fuzz.sh 60
step scripts/determinism.sh
step scripts/check_bare.sh
step scripts/check_page.sh
step env SLACK=3 scripts/check_playground.sh
step scripts/build_docs.sh
step scripts/check_guides.py
step scripts/build_packages.sh
step scripts/check_packages.sh
step scripts/check_notebooks.sh
step scripts/unreached.sh

if [[ ${#failed[@]} -gt 0 ]]; then
  printf 'FAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "== minute $((SECONDS / 60)): all passed" >&2
