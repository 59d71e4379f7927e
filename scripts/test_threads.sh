#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs what works on several threads under ThreadSanitizer: the pool, arenas, and sampling and searching that score in
# parallel, and the server. Under it all tests would take an hour. Usage: scripts/test_threads.sh [CTEST_OPTION...]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh tsan base_test generator_test serve_test
TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp" ctest --test-dir build/tsan --output-on-failure --no-tests=error \
  -j "$(nproc)" -R 'Parallel|Thread|Recycled|Interrupt|Arena|Sampl|Generate|Beam|^Serve|^Gate' -E NOT_BUILT "$@"
