#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs what works on several threads under ThreadSanitizer: the pool, parallel scoring and sampling, blocks of archives,
# experiments. Usage: scripts/test_threads.sh [CTEST_OPTION...]
set -euo pipefail
cd "$(dirname "$0")/.."
programs=(base_test container_test generator_test experiments_test)

scripts/build.sh tsan "${programs[@]}"
TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp" ctest --test-dir build/tsan --output-on-failure -j "$(nproc)" \
  -R 'Parallel|Thread|Interrupt|Progress|Archive|Compare|Comparison|RunTest|Generate|Beam|Spans|Predictor' "$@"
