#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the exact DEFLATE session against zlib on random contexts. Usage: scripts/differential.sh [COUNT [SEED [KB]]]
# COUNT candidates, two million by default (about five minutes); SEED is the first context's. Contexts have up to
# 100 KB, or up to KB if that is more: 1000 makes windows slide 29 times and fills dozens of blocks, at a third of the
# speed.
# Ends with the number of candidates that were equal, all of them, or fails at the first that is not.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
[[ -n ${BUILD:-} ]] || scripts/build.sh release codecs_test
export ZIPDREAM_DIFFERENTIAL=${1:-2000000} ZIPDREAM_SEED=${2:-1} ZIPDREAM_DIFFERENTIAL_LARGEST=$((${3:-100} * 1000))
"$build/codecs_test" --gtest_filter='ExactSession.EqualsZlibOnRandomContexts'
