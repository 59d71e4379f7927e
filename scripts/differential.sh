#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the exact DEFLATE session against zlib on random contexts. Usage: scripts/differential.sh [COUNT [SEED]]
# COUNT candidates, two million by default (about five minutes); SEED is the first context's.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release codecs_test
ZIPDREAM_DIFFERENTIAL=${1:-2000000} ZIPDREAM_SEED=${2:-1} \
  "$build/codecs_test" --gtest_filter='ExactSession.EqualsZlibOnRandomContexts'
