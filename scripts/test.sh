#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds zipdream and runs its tests. Usage: scripts/test.sh [PRESET [CTEST_OPTION...]]
# PRESET is release, dev, asan-ubsan or tsan; options such as -R 'Session' choose tests.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true

scripts/build.sh "$preset"
ctest --preset "$preset" "$@"
