#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything there is to check, for before a release: what .ci/run does, all tests under AddressSanitizer and
# UndefinedBehaviorSanitizer, those with threads under ThreadSanitizer, the whole determinism matrix with its builds by
# both compilers, the core for the browser, and the pages in a browser. Some three hours on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/run
scripts/test.sh asan-ubsan
scripts/test_threads.sh
scripts/determinism.sh
scripts/check_wasm.sh
scripts/check_page.sh
