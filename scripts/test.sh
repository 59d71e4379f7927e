#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds zipdream and runs its tests. Usage: scripts/test.sh [PRESET] (release, dev or asan-ubsan)
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

scripts/build.sh "$preset"
ctest --preset "$preset"
